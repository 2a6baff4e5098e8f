import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readScripts } from '../../../lambdas/migrations/read-scripts.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(directory, file)), { recursive: true });
  await writeFile(join(directory, file), content);
}

it('sorts versions by number, then repeatable scripts by description', async () => {
  for (const file of ['R__b.sql', 'V10__x.sql', 'V1_10__x.sql', 'R__a.sql', 'V2__x.sql', 'V1_9__x.sql', 'R__B.sql'])
    await write(`area/${file}`, 'select 1');
  const { scripts, errors } = await readScripts(directory);
  expect(scripts.map((script) => script.file)).toEqual([
    'area/V1_9__x.sql',
    'area/V1_10__x.sql',
    'area/V2__x.sql',
    'area/V10__x.sql',
    'area/R__B.sql',
    'area/R__a.sql',
    'area/R__b.sql',
  ]);
  expect(errors).toEqual([]);
});

it('removes the byte order mark from the SQL', async () => {
  await write('area/V1__x.sql', '\uFEFFselect 1;\r\n');
  const { scripts } = await readScripts(directory);
  expect(scripts).toEqual([
    {
      file: 'area/V1__x.sql',
      version: '1',
      description: 'x',
      checksum: -690524359,
      sql: 'select 1;\r\n',
      transactional: true,
    },
  ]);
});

it('ignores hidden files', async () => {
  await write('.DS_Store', '');
  await write('area/.DS_Store', '');
  await write('.area/R__y.sql', 'select 1');
  await write('area/V1__x.sql', 'select 1');
  expect((await readScripts(directory)).errors).toEqual([]);
});

it('lists all the errors of a folder', async () => {
  await write('area/V1__a.sql', 'select 1');
  await write('area/V01_0__b.sql', 'select 2');
  await write('area/R__c.sql', `select '\${schema}'`);
  await write('area/V2__d.sql', 'commit');
  await write('area/V3__e.sql', Buffer.from([0x66, 0xff]));
  await write('area/V4-f.sql', 'select 4');
  const { errors } = await readScripts(directory);
  expect(errors).toEqual([
    'area/R__c.sql contains `${`, a placeholder of Flyway: placeholders are not replaced here.',
    'area/V2__d.sql begins or ends a transaction: remove that, each script already runs in one.',
    'area/V3__e.sql is not in UTF-8.',
    'area/V4-f.sql is not named like V1__description.sql, V1_2__description.sql or R__description.sql.',
    'area/V01_0__b.sql and area/V1__a.sql have the same version: rename one.',
  ]);
});

it('reads folders at any depth and sorts by file name alone', async () => {
  for (const file of ['z/R__a.sql', 'a/b/R__c.sql', 'a/R__b.sql', 'z/V1__x.sql', 'a/V2__x.sql'])
    await write(file, 'select 1');
  const { scripts, errors } = await readScripts(directory);
  const files = scripts.map((script) => script.file);
  expect(files).toEqual(['z/V1__x.sql', 'a/V2__x.sql', 'z/R__a.sql', 'a/R__b.sql', 'a/b/R__c.sql']);
  expect(errors).toEqual([]);
});

it('refuses two repeatable scripts with the same description, even in different folders', async () => {
  await write('appointments/R__policy.sql', 'select 1');
  await write('schedules/R__policy.sql', 'select 2');
  expect((await readScripts(directory)).errors).toEqual([
    'appointments/R__policy.sql and schedules/R__policy.sql have the same description: rename one.',
  ]);
});

it('ignores schema.sql in the root folder and refuses every other file there', async () => {
  await write('area/V1__x.sql', 'select 1');
  await write('schema.sql', 'select 2');
  await write('V2__x.sql', 'select 3');
  const { scripts, errors } = await readScripts(directory);
  expect(scripts.map((script) => script.file)).toEqual(['area/V1__x.sql']);
  expect(errors).toEqual(['V2__x.sql is not in a folder, so Flyway does not find it: move it into one.']);
});

it('refuses a repeatable script that cannot run in a transaction', async () => {
  await write('area/V1__x.sql', 'vacuum');
  await write('area/R__y.sql', 'vacuum');
  expect((await readScripts(directory)).errors).toEqual([
    'area/R__y.sql contains a command that cannot run in a transaction, so it must be a versioned script: rename it.',
  ]);
});

it('reports an empty folder as an error', async () => {
  expect((await readScripts(directory)).errors).toEqual([`${directory} contains no scripts.`]);
});

it('throws if the folder does not exist', async () => {
  await expect(readScripts(join(directory, 'none'))).rejects.toThrow('none');
});
