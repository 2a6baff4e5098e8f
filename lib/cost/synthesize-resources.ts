import type { StageConfig } from '../config/stages.ts';
import { readAssembly } from '../stacks/read-assembly.ts';
import { listResources, type Resource } from './resources.ts';

/** Synthesizes the stacks of a configuration, without bundling the functions, and returns all resources. */
export function synthesizeResources(config: StageConfig): Resource[] {
  return readAssembly(config, ({ stacks }) =>
    listResources(Object.fromEntries(stacks.map(({ stackName, template }) => [stackName, template]))),
  );
}
