import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { getStageConfig, type StageConfig } from '../../lib/config/stages.ts';
import { createStacks } from '../../lib/stacks/create-stacks.ts';

export const PROJECT = join(import.meta.dirname, '../..');
export const STAGES = ['dev', 'staging', 'prod'] as const;

/** Synthesizes the stacks of a stage once, without bundles: no test here reads code, and bundling is slow. */
export function synthesizeStage(stage: string) {
  const cached = stages.get(stage) ?? synthesizeConfig(getStageConfig(stage));
  stages.set(stage, cached);
  return cached;
}

/** Synthesizes the stacks of any configuration, without the cache of `synthesizeStage`. */
export function synthesizeConfig(config: StageConfig) {
  const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
  // A stack trace for each construct, mapped through the source maps of vitest, takes three times as long as the
  // synthesis itself.
  const fastContext = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  const app = new App({ context: { ...context, ...fastContext } });
  const stacks = createStacks(app, config);
  const templates = {
    data: Template.fromStack(stacks.data),
    identity: Template.fromStack(stacks.identity),
    service: Template.fromStack(stacks.service),
  };
  return { config, stacks, templates, assembly: app.synth() };
}

const stages = new Map<string, ReturnType<typeof synthesizeConfig>>();

/** Returns the resources of a type, each with its logical id, from one or more templates. */
export function findResources(type: string, ...templates: Template[]) {
  return templates.flatMap((template) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => ({ id, resource, ...resource.Properties })),
  );
}

/** Whether a schedule runs a job. The others invoke functions only to keep them active: see keep-alive.test.ts. */
export function isJobSchedule({ Target }: { readonly Target?: { readonly Input?: string } }): boolean {
  return Target?.Input === undefined;
}
