import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyFromCache } from '../../../local/aws/templates/copy-from-cache.ts';

let folder: string;
let creations: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medbook-cache-'));
  creations = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** Copies the result of this fingerprint, a file that contains it, to `target`. */
const copy = (target: string, fingerprint: string, fail = false) =>
  copyFromCache(join(folder, target), {
    cacheFolder: join(folder, 'cache', 'templates'),
    fingerprint,
    create: async (output) => {
      creations.push(fingerprint);
      await writeFile(join(output, 'result'), 'unfinished');
      await wait(1);
      if (fail) throw new Error('The synthesis failed.');
      await writeFile(join(output, 'result'), fingerprint);
    },
  });
const readResult = (target: string) => readFile(join(folder, target, 'result'), 'utf8');

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

it('replaces the earlier content of the target', async () => {
  await copy('one', 'A');
  await writeFile(join(folder, 'one', 'old-bundle'), '');
  await copy('one', 'B');
  expect(await readdir(join(folder, 'one'))).toEqual(['result']);
});

it('does not use the result of a failed creation', async () => {
  await copy('one', 'A');
  await expect(copy('two', 'B', true)).rejects.toThrow('The synthesis failed.');
  await copy('two', 'B');
  expect(await readResult('two')).toBe('B');
  expect(creations).toEqual(['A', 'B', 'B']);
  expect((await readdir(join(folder, 'cache'))).sort()).toEqual(['templates', 'templates.sha256']);
});
