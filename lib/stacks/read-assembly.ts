import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { StageConfig } from '../config/stages.ts';
import { createStacks } from './create-stacks.ts';

/**
 * Synthesizes the stacks of a configuration, without bundling the functions, for tools that read the templates. Returns
 * what `read` returns; the files of the assembly exist only as long as it runs. Throws if the configuration is invalid.
 */
export function readAssembly<Result>(config: StageConfig, read: (assembly: CloudAssembly) => Result): Result {
  const outdir = mkdtempSync(join(tmpdir(), 'medbook-assembly-'));
  try {
    const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'));
    const fastContext = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
    const app = new App({ outdir, context: { ...context, ...fastContext } });
    createStacks(app, config);
    return read(app.synth());
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
