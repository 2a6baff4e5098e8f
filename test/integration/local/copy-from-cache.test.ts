import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyFromCache } from '../../../local/aws/templates/copy-from-cache.ts';

let folder: string;
let creations: string[];
let processes: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medbook-cache-[1]-'));
  creations = [];
  processes = [];
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Copies the result of this fingerprint, a file that contains it, to `target`. */
const copy = (target: string, fingerprint: string, { fail = false, nextFingerprint = fingerprint } = {}) => {
  const fingerprints = [fingerprint, nextFingerprint];
  return copyFromCache(join(folder, target), {
    cacheFolder: join(folder, 'cache', 'templates'),
    getFingerprint: async () => fingerprints.shift() ?? nextFingerprint,
    create: async (output) => {
      creations.push(fingerprint);
      await writeFile(join(output, 'result'), 'unfinished');
      if (fail) throw new Error('The synthesis failed.');
      await writeFile(join(output, 'result'), fingerprint);
    },
  });
};
const readResult = (target: string) => readFile(join(folder, target, 'result'), 'utf8');
const listCache = async () => (await readdir(join(folder, 'cache'))).sort();

/** Starts a process that copies the result to `target`. It sends 'creating' and creates the result when it receives a message. */
function startCopy(target: string): ChildProcess {
  const child = fork(new URL('../../support/system/copy-from-cache-process.ts', import.meta.url), [
    join(folder, target),
    join(folder, 'cache', 'templates'),
  ]);
  processes.push(child);
  return child;
}

it('creates a result once for the same fingerprint', async () => {
  await copy('one', 'A');
  await copy('two', 'A');
  expect(await Promise.all(['one', 'two'].map(readResult))).toEqual(['A', 'A']);
  expect(creations).toEqual(['A']);
});

it('creates another result for another fingerprint, and leaves earlier copies', async () => {
  await copy('one', 'A');
  await copy('two', 'B');
  await copy('three', 'A');
  expect(await Promise.all(['one', 'two', 'three'].map(readResult))).toEqual(['A', 'B', 'A']);
  expect(creations).toEqual(['A', 'B', 'A']);
});

it('creates the result again if the sources changed during its creation', async () => {
  await copy('one', 'A', { nextFingerprint: 'B' });
  expect(await readResult('one')).toBe('A');
  await copy('two', 'A');
  await copy('three', 'A');
  expect(creations).toEqual(['A', 'A']);
});

it('replaces the earlier content of the target', async () => {
  await copy('one', 'A');
  await writeFile(join(folder, 'one', 'old-bundle'), '');
  await copy('one', 'B');
  expect(await readdir(join(folder, 'one'))).toEqual(['result']);
});

it('does not use the result of a failed creation', async () => {
  await copy('one', 'A');
  await expect(copy('two', 'B', { fail: true })).rejects.toThrow('The synthesis failed.');
  await copy('two', 'B');
  expect(await readResult('two')).toBe('B');
  expect(creations).toEqual(['A', 'B', 'B']);
  expect(await listCache()).toEqual(['templates', 'templates.sha256']);
});

it('creates a result once for two processes, of which the second waits', async () => {
  const first = startCopy('one');
  expect(await once(first, 'message')).toContain('creating');
  const second = startCopy('two');
  const created: unknown[] = [];
  second.on('message', (message) => created.push(message));
  await expect.poll(listCache, { timeout: 10_000 }).toContain(`templates.lock.${second.pid}`);
  first.send('continue');
  expect(await Promise.all([once(first, 'exit'), once(second, 'exit')])).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(created).toEqual([]);
  expect(await Promise.all(['one', 'two'].map(readResult))).toEqual(['A', 'A']);
  expect(await listCache()).toEqual(['templates', 'templates.sha256']);
});

it('takes over from a killed process and deletes its unfinished result', async () => {
  await mkdir(join(folder, 'cache', 'templates-other'), { recursive: true });
  const killed = startCopy('one');
  expect(await once(killed, 'message')).toContain('creating');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await copy('two', 'A');
  expect(creations).toEqual(['A']);
  expect(await readResult('two')).toBe('A');
  expect(await listCache()).toEqual(['templates', 'templates.sha256']);
});
