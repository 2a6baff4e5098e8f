import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type StageConfig, stageConfig } from '../../lib/config/stages.ts';
import { addMedBook } from '../../lib/medbook.ts';

export const PROJECT = join(import.meta.dirname, '../..');
export const STAGES = ['dev', 'staging', 'prod'] as const;

/** A stage's stacks as they would be deployed, except for the bundles: no test here reads code, and bundling is slow. */
export function synthesized(stage: string) {
  const known = cache.get(stage) ?? synthesize(stageConfig(stage));
  cache.set(stage, known);
  return known;
}

/** As `synthesized`, for a configuration that is no stage's. */
export function synthesize(config: StageConfig) {
  const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
  // Of each construct CDK notes where it was made; translating those places through vitest's source maps takes three times as
  // long as the synthesis itself.
  const quick = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  const app = new App({ context: { ...context, ...quick } });
  const stacks = addMedBook(app, config);
  const templates = {
    data: Template.fromStack(stacks.data),
    identity: Template.fromStack(stacks.identity),
    service: Template.fromStack(stacks.service),
  };
  return { config, stacks, templates, assembly: app.synth() };
}

const cache = new Map<string, ReturnType<typeof synthesize>>();

/** The resources of a type, each with its logical id, from one template or from several. */
export function resources(type: string, ...templates: Template[]) {
  return templates.flatMap((template) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => ({ id, resource, ...resource.Properties })),
  );
}
