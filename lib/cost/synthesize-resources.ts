import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { StageConfig } from '../config/stages.ts';
import { createStacks } from '../stacks/create-stacks.ts';
import { listResources, type Resource } from './resources.ts';

/** Synthesizes the stacks of a configuration, without bundling the functions, and returns all resources. */
export function synthesizeResources(config: StageConfig): Resource[] {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));
  const fastContext = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  const app = new App({ context: { ...context, ...fastContext } });
  createStacks(app, config);
  return listResources(Object.fromEntries(app.synth().stacks.map(({ stackName, template }) => [stackName, template])));
}
