import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import type { LocalState } from '../../local/state.ts';
import { leftAfter } from './processes.ts';
import { launchSystem, systemFolder } from './system-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The local system that the end-to-end tests call, and the folder where it keeps its things. */
    readonly system: { readonly state: LocalState; readonly folder: string };
  }
}

/** One whole system for all end-to-end tests. At their end it must stop by itself and leave no process behind. */
export default async function setup(project: TestProject) {
  const folder = await systemFolder();
  // The tests are all one caller, who asks and books more than one may.
  const system = launchSystem(folder, { args: ['--no-rate-limits'] });
  try {
    project.provide('system', { state: await system.ready(), folder });
  } catch (error) {
    await system.stop('SIGKILL');
    throw error;
  }
  return async () => {
    const code = await system.stop();
    const left = await leftAfter(folder, 3_000);
    await rm(folder, { recursive: true });
    if (code !== 0) throw new Error(`The local system ended with exit code ${code}:\n${system.output()}`);
    if (left.length > 0) throw new Error(`The local system left running:\n${left.join('\n')}`);
  };
}
