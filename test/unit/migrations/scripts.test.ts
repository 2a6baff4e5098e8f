import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readScripts } from '../../../lambdas/migrations/scripts.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(() => rm(directory, { recursive: true }));

const write = (file: string, content: string | Uint8Array) => writeFile(join(directory, file), content);

it('puts versions first, by number, then repeatable scripts by description', async () => {
  for (const file of ['R__b.sql', 'V10__x.sql', 'V1_10__x.sql', 'R__a.sql', 'V2__x.sql', 'V1_9__x.sql', 'R__B.sql'])
    await write(file, 'select 1');
  const { scripts, faults } = await readScripts(directory);
  expect(scripts.map((script) => script.file)).toEqual([
    'V1_9__x.sql',
    'V1_10__x.sql',
    'V2__x.sql',
    'V10__x.sql',
    'R__B.sql',
    'R__a.sql',
    'R__b.sql',
  ]);
  expect(faults).toEqual([]);
});

it('leaves the byte order mark out of what PostgreSQL gets', async () => {
  await write('V1__x.sql', '\uFEFFselect 1;\r\n');
  const { scripts } = await readScripts(directory);
  expect(scripts).toEqual([
    {
      file: 'V1__x.sql',
      version: '1',
      description: 'x',
      checksum: -690524359,
      sql: 'select 1;\r\n',
      transactional: true,
    },
  ]);
});

it('passes over hidden files', async () => {
  await write('.DS_Store', '');
  await write('V1__x.sql', 'select 1');
  expect((await readScripts(directory)).faults).toEqual([]);
});

it('lists all the faults of a folder', async () => {
  await write('V1__a.sql', 'select 1');
  await write('V01_0__b.sql', 'select 2');
  await write('R__c.sql', `select '\${schema}'`);
  await write('V2__d.sql', 'commit');
  await write('V3__e.sql', Buffer.from([0x66, 0xff]));
  await write('V4-f.sql', 'select 4');
  const { faults } = await readScripts(directory);
  expect(faults).toEqual([
    'R__c.sql holds `${`, a placeholder of Flyway: placeholders are not replaced here.',
    'V2__d.sql begins or ends a transaction: leave that out, each script is one.',
    'V3__e.sql is not in UTF-8.',
    'V4-f.sql is not named like V1__description.sql, V1_2__description.sql or R__description.sql.',
    'V01_0__b.sql and V1__a.sql have the same version: rename one.',
  ]);
});

it('takes an empty folder for a fault', async () => {
  expect((await readScripts(directory)).faults).toEqual([`${directory} holds no scripts.`]);
});

it('throws if there is no folder', async () => {
  await expect(readScripts(join(directory, 'none'))).rejects.toThrow('none');
});
