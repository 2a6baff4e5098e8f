import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyFromCache } from './copy-from-cache.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
/** The files that the templates and bundles are made from; the lock stands for the packages. */
const SOURCES = ['{bin,lambdas,lib,migrations,packages}/**/*.*', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

interface SynthesisOptions {
  /** Where the result is kept for the next start, because a synthesis takes ten seconds or more. */
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
}

/**
 * Writes the templates of the `dev` stage and the bundles of the functions into `folder`, without the CDK command line. Synthesizes only if
 * the sources have changed since the last start. Returns `folder`.
 */
export async function synthesize(folder: string, { cacheFolder, signal }: SynthesisOptions): Promise<string> {
  await copyFromCache(folder, {
    cacheFolder,
    getFingerprint: hashSources,
    create: (output) => runSynthesis(output, signal),
  });
  return folder;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const path of globSync(SOURCES, { cwd: PROJECT }).sort())
    hash.update(`\0${path}\0`).update(await readFile(`${PROJECT}/${path}`));
  return hash.digest('hex');
}

async function runSynthesis(folder: string, signal: AbortSignal): Promise<void> {
  const { context } = JSON.parse(await readFile(`${PROJECT}/cdk.json`, 'utf8'));
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    // The size that has every part.
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage: 'dev', size: 'network' }),
    // `npm run synth` checks the templates against CloudFormation's schemas; that takes three seconds.
    CDK_VALIDATION: 'false',
  };
  const options = { cwd: PROJECT, env, signal, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)(process.execPath, ['bin/medbook.ts'], options);
}
