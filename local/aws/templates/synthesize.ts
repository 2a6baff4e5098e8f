import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** Synthesizes the templates of the `dev` stage and bundles the functions into `folder`, without the CDK command line. Returns `folder`. */
export async function synthesize(folder: string, signal: AbortSignal): Promise<string> {
  const { context } = JSON.parse(await readFile(`${PROJECT}/cdk.json`, 'utf8'));
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage: 'dev' }) };
  const options = { cwd: PROJECT, env, signal, maxBuffer: 64 * 1024 * 1024 };
  await promisify(execFile)(process.execPath, ['bin/medbook.ts'], options);
  return folder;
}
