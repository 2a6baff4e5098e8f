import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createHistoryTable } from '../../../lambdas/migrations/history.sql.ts';
import { migrate } from '../../../lambdas/migrations/migrate.ts';
import type { MigrationLog } from '../../../lambdas/migrations/migration-log.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { DATABASE_NAME, prepareDatabase, withOwnerConnection } from '../../../local/postgres/database.ts';
import { createDatabase } from '../../support/database/test-database.ts';

/** The first statement of a script whose functions call functions of later scripts. */
const WITHOUT_BODY_CHECKS = 'set local check_function_bodies = off; ';

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: pg.Client;
let directory: string;
let lines: { event: string; details: Readonly<Record<string, string | number>> }[];

const log: MigrationLog = (event, details) => lines.push({ event, details });
const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
const run = (client: pg.Client = db) => migrate(client, { directory, log });

beforeEach(async () => {
  database = await createDatabase({ empty: true });
  db = await database.connect();
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await mkdir(join(directory, 'area'));
  lines = [];
});

afterEach(async () => {
  await db.end();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function readHistory() {
  const { rows } = await db.query(
    `select installed_rank, version, description, type, script, checksum, success
     from flyway_schema_history order by installed_rank`,
  );
  return rows;
}

async function tableExists(table: string): Promise<boolean> {
  const { rows } = await db.query('select to_regclass($1) is not null as here', [table]);
  return rows[0].here;
}

describe('a run', () => {
  it('applies pending scripts in order and logs the duration of each', async () => {
    await write('area/V2__rows.sql', 'insert into a values (1); insert into a values (2);');
    await write('area/V1__a_table.sql', 'create table a (id int);');
    await write('area/R__view.sql', 'create or replace view b as select count(*) from a;');
    const applied = ['area/V1__a_table.sql', 'area/V2__rows.sql', 'area/R__view.sql'];
    expect(await run()).toEqual({ applied });
    expect((await db.query('select count::int from b')).rows).toEqual([{ count: 2 }]);
    expect(lines).toEqual(
      applied.map((script) => ({ event: 'script_applied', details: { script, milliseconds: expect.any(Number) } })),
    );
    expect(await run()).toEqual({ applied: [] });
  });

  it('writes the history table of Flyway', async () => {
    await write('area/V1__a_table.sql', 'create table a (id int);');
    await run();
    expect(await readHistory()).toEqual([
      {
        installed_rank: 1,
        version: '1',
        description: 'a table',
        type: 'SQL',
        script: 'area/V1__a_table.sql',
        checksum: -897341557,
        success: true,
      },
    ]);
    const { rows } = await db.query(
      `select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), case when attnotnull then '!' end,
                pg_get_expr(adbin, adrelid)), ', ' order by attnum) as columns,
              (select string_agg(indexdef, ', ' order by indexname) from pg_indexes
               where tablename = 'flyway_schema_history') as indexes
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = 'flyway_schema_history'::regclass and attnum > 0`,
    );
    expect(rows[0].columns).toBe(
      'installed_rank integer !, version character varying(50), description character varying(200) !, ' +
        'type character varying(20) !, script character varying(1000) !, checksum integer, ' +
        'installed_by character varying(100) !, installed_on timestamp without time zone ! now(), ' +
        'execution_time integer !, success boolean !',
    );
    expect(rows[0].indexes).toBe(
      'CREATE UNIQUE INDEX flyway_schema_history_pk ON public.flyway_schema_history USING btree (installed_rank), ' +
        'CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history USING btree (success)',
    );
  });

  it('applies a changed repeatable script again, as a new row', async () => {
    await write('area/R__one.sql', 'create or replace function one() returns int language sql as $$ select 1 $$;');
    await run();
    await write('area/R__one.sql', 'create or replace function one() returns int language sql as $$ select 11 $$;');
    expect(await run()).toEqual({ applied: ['area/R__one.sql'] });
    expect((await db.query('select one()')).rows).toEqual([{ one: 11 }]);
    expect((await readHistory()).map((row) => [row.installed_rank, row.version, row.script])).toEqual([
      [1, null, 'area/R__one.sql'],
      [2, null, 'area/R__one.sql'],
    ]);
  });

  it('resets the settings of a script before the next one', async () => {
    await write('area/V1__own_schema.sql', 'create schema other; set search_path = other; create table a (id int);');
    await write('area/V2__default_schema.sql', 'create table b (id int);');
    await run();
    expect([await tableExists('other.a'), await tableExists('public.b')]).toEqual([true, true]);
  });

  it('logs that the database is newer than the scripts, and succeeds', async () => {
    await write('area/V1__a.sql', 'create table a (id int)');
    await write('area/V2__b.sql', 'create table b (id int)');
    await run();
    await rm(join(directory, 'area/V2__b.sql'));
    lines = [];
    expect(await run()).toEqual({ applied: [] });
    expect(lines).toEqual([{ event: 'database_is_newer', details: { script: 'area/V2__b.sql', state: 'applied' } }]);
  });
});

describe('a rolled-back release', () => {
  /** Applies a release, then a later one, and writes the scripts of the first again. Returns the outcome of the later one. */
  async function deployAndRollBack(later: Readonly<Record<string, string>>, changed: Readonly<Record<string, string>>) {
    const first = { 'area/V1__a.sql': 'create table a (id int); insert into a values (1), (1);', ...changed };
    for (const [file, sql] of Object.entries(first)) await write(file, sql);
    await run();
    for (const [file, sql] of Object.entries(later)) await write(file, sql);
    const outcome = await run().then(
      () => 'succeeded',
      (error: Error) => error.message,
    );
    for (const file of Object.keys(later)) await rm(join(directory, file));
    for (const [file, sql] of Object.entries(first)) await write(file, sql);
    lines = [];
    return outcome;
  }
  const functionF = (body: string) =>
    `${WITHOUT_BODY_CHECKS}create or replace function f() returns int language sql as $$ ${body} $$;`;

  it('succeeds after a newer script that failed outside a transaction, and that script still blocks the newer release', async () => {
    const later = { 'area/V2__index.sql': 'create unique index concurrently a_id on a (id);' };
    expect(await deployAndRollBack(later, {})).toContain('V2__index.sql: could not create unique index');
    expect(await run()).toEqual({ applied: [] });
    expect(lines).toEqual([{ event: 'database_is_newer', details: { script: 'area/V2__index.sql', state: 'failed' } }]);
    await write('area/V2__index.sql', 'create index concurrently a_id on a (id);');
    await expect(run()).rejects.toThrow('V2__index.sql failed outside a transaction. Undo its changes by hand');
  });

  it('restores its repeatable scripts, so that no function of the newer release remains', async () => {
    const later = {
      'area/V2__b.sql': 'create table b (id int)',
      'area/R__f.sql': functionF('select nothing from nowhere'),
    };
    expect(await deployAndRollBack(later, { 'area/R__f.sql': functionF('select 1') })).toContain('cannot run');
    expect(await run()).toEqual({ applied: ['area/R__f.sql'] });
    expect((await db.query('select f()')).rows).toEqual([{ f: 1 }]);
    expect(await run()).toEqual({ applied: [] });
  });

  it('succeeds without a change if one of its repeatable scripts does not fit the newer schema', async () => {
    const later = {
      'area/V2__b.sql': 'alter table a rename id to number',
      'area/R__f.sql': functionF('select number from a'),
      'area/R__g.sql': 'create or replace view g as select 2 as x;',
    };
    const changed = {
      'area/R__f.sql': functionF('select id from a'),
      'area/R__g.sql': 'create or replace view g as select 1 as x;',
    };
    expect(await deployAndRollBack(later, changed)).toBe('succeeded');
    const history = await readHistory();
    expect(await run()).toEqual({ applied: [] });
    expect(lines.map(({ event }) => event)).toEqual(['database_is_newer', 'scripts_not_restored']);
    expect(lines[1]?.details.reason).toContain('column "id" does not exist');
    expect((await db.query('select x from g')).rows).toEqual([{ x: 2 }]);
    expect(await readHistory()).toEqual(history);
  });
});

describe('errors in the scripts', () => {
  it('are all listed in one error, and nothing is applied', async () => {
    await write('area/V1__a.sql', 'create table a (id int)');
    await write('area/V2__b.sql', 'create table b (id int)');
    await write('area/V4__d.sql', 'create table d (id int)');
    await run();
    await write('area/V1__a.sql', 'create table a (id bigint)');
    await rm(join(directory, 'area/V2__b.sql'));
    await write('area/V3__c.sql', 'create table c (id int)');
    await write('area/V5__e.sql', 'create table e (id int)');
    await write('area/V5.0__f.sql', 'create table f (id int)');
    await write('area/six.sql', 'create table g (id int)');
    const error: Error = await run().then(
      () => Promise.reject(new Error('The run did not fail.')),
      (reason: Error) => reason,
    );
    expect(error.message.split('\n- ')).toEqual([
      'Nothing was migrated.',
      expect.stringContaining('six.sql is not named like'),
      expect.stringContaining('area/V5.0__f.sql and area/V5__e.sql have the same version'),
      expect.stringContaining('V1__a.sql was changed'),
      expect.stringContaining('V2__b.sql is applied'),
      expect.stringContaining('V3__c.sql comes too late'),
    ]);
    expect([await tableExists('c'), await tableExists('e')]).toEqual([false, false]);
  });
});

describe('a failing script', () => {
  it('is rolled back with its history row, reported with its line, and leaves earlier scripts applied', async () => {
    await write('area/V1__a.sql', 'create table a (id int);');
    await write(
      'area/V2__b.sql',
      "-- \u{1F9D1}\r\ncreate table b (name text);\r\ninsert into b values ('x');\r\ninsert into nowhere values (1);",
    );
    await expect(run()).rejects.toThrow('V2__b.sql, line 4: relation "nowhere" does not exist');
    expect([await tableExists('a'), await tableExists('b')]).toEqual([true, false]);
    expect((await readHistory()).map((row) => row.script)).toEqual(['area/V1__a.sql']);
    await write('area/V2__b.sql', 'create table b (name text);');
    expect(await run()).toEqual({ applied: ['area/V2__b.sql'] });
  });

  it('is reported without a line if PostgreSQL reports none', async () => {
    await write('area/V1__a.sql', 'create table a (id int primary key); insert into a values (1), (1);');
    await expect(run()).rejects.toThrow('V1__a.sql: duplicate key value violates unique constraint "a_pkey"');
  });

  it('is rolled back when only its history row cannot be written', async () => {
    const denyHistoryRow = "alter table flyway_schema_history add constraint closed check (script <> 'area/V1__a.sql')";
    await write('area/V1__a.sql', `create table a (id int); ${denyHistoryRow};`);
    await expect(run()).rejects.toThrow('violates check constraint "closed"');
    expect([await tableExists('a'), (await readHistory()).length]).toEqual([false, 0]);
    await write('area/V1__a.sql', 'create table a (id int);');
    expect(await run()).toEqual({ applied: ['area/V1__a.sql'] });
  });

  it('is rolled back when only its commit fails', async () => {
    await write(
      'area/V1__a.sql',
      `create table a (id int primary key, parent int references a deferrable initially deferred);
       insert into a values (1, 2);`,
    );
    await expect(run()).rejects.toThrow('V1__a.sql: insert or update on table "a" violates foreign key constraint');
    expect([await tableExists('a'), (await readHistory()).length]).toEqual([false, 0]);
  });

  it('blocks further runs until it is repaired if it cannot run in a transaction', async () => {
    await write('area/V1__a.sql', 'create table a (id int); insert into a values (1), (1);');
    await write('area/V2__index.sql', 'create unique index concurrently a_id on a (id);');
    await expect(run()).rejects.toThrow('V2__index.sql: could not create unique index "a_id"');
    expect((await readHistory()).map((row) => row.success)).toEqual([true, false]);
    await expect(run()).rejects.toThrow('delete from flyway_schema_history where installed_rank = 2');
    await db.query('drop index a_id; truncate a; delete from flyway_schema_history where installed_rank = 2');
    expect(await run()).toEqual({ applied: ['area/V2__index.sql'] });
    expect((await readHistory()).map((row) => row.success)).toEqual([true, true]);
  });

  it('is cancelled if it waits for a lock longer than requests can wait, and can be run again', async () => {
    await write('area/V1__a_table.sql', 'create table a (id int);');
    await run();
    await write('area/V2__a_column.sql', 'alter table a add name text;');
    const otherClient = await database.connect();
    await otherClient.query('begin; select from a');
    await expect(run()).rejects.toThrow('V2__a_column.sql: canceling statement due to lock timeout');
    await otherClient.query('commit');
    await otherClient.end();
    expect(await run()).toEqual({ applied: ['area/V2__a_column.sql'] });
  });

  it('releases the lock', async () => {
    await write('area/V1__a.sql', 'select nothing');
    await expect(run()).rejects.toThrow('V1__a.sql, line 1');
    expect((await db.query("select from pg_locks where locktype = 'advisory'")).rowCount).toBe(0);
  });

  it('is reported with the loss of its connection, not with the error of the cleanup', async () => {
    const killedClient = await database.connect();
    killedClient.on('error', () => undefined);
    await write('area/V1__a.sql', 'create table a (id int); select pg_terminate_backend(pg_backend_pid());');
    await expect(run(killedClient)).rejects.toThrow('V1__a.sql: terminating connection');
    expect(lines.map(({ event, details }) => [event, details.step])).toEqual([
      ['cleanup_failed', 'rollback'],
      ['cleanup_failed', 'unlock'],
    ]);
    await killedClient.end();
    await write('area/V1__a.sql', 'create table a (id int);');
    expect(await run()).toEqual({ applied: ['area/V1__a.sql'] });
  });
});

describe('the order of repeatable scripts', () => {
  it('does not matter to a function that calls a function of a later script', async () => {
    await write(
      'area/R__a.sql',
      `${WITHOUT_BODY_CHECKS}create function a() returns int language sql as $$ select b() $$;`,
    );
    await write('area/R__b.sql', 'create function b() returns int language sql as $$ select 1 $$;');
    await run();
    expect((await db.query('select a()')).rows).toEqual([{ a: 1 }]);
  });

  it('does not hide an invalid body: this run and the next one fail with the name of each function', async () => {
    await write(
      'area/R__a.sql',
      `${WITHOUT_BODY_CHECKS}create function a(x int) returns int language sql as $$ select b() $$;`,
    );
    await write(
      'area/R__c.sql',
      `${WITHOUT_BODY_CHECKS}create function c() returns int language sql as $$ select d from e $$;`,
    );
    const message =
      'The scripts were applied, but these functions cannot run.\n' +
      '- a(integer): function b() does not exist\n- c(): relation "e" does not exist';
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toThrow(message);
    expect((await readHistory()).map((row) => row.script)).toEqual(['area/R__a.sql', 'area/R__c.sql']);
  });
});

describe('a database that scripts from before version 0.2.0 created', () => {
  async function createReplacedHistory(client: Db) {
    await createHistoryTable(client);
    await client.query(
      `insert into flyway_schema_history
       values (1, '1', 'clinics and people', 'SQL', 'V1__clinics_and_people.sql', 1205580121, 'owner', now(), 5, true)`,
    );
  }

  it('is left unchanged, and the error gives the reason and what to do', async () => {
    await write('area/V1__a.sql', 'create table a (id int);');
    await createReplacedHistory(db);
    await expect(run()).rejects.toThrow(
      /^Nothing was migrated: this database was created by a version before 0\.2\.0 and cannot be upgraded\. Create a new database\.$/,
    );
    expect(await tableExists('a')).toBe(false);
  });

  it('makes the start of the local system fail with a message that names `npm start -- --fresh`', async () => {
    const { port, ca } = inject('postgres');
    await db.query(`create database ${DATABASE_NAME}`);
    try {
      await withOwnerConnection(port, ca, createReplacedHistory);
      await expect(prepareDatabase(port, ca)).rejects.toThrow(
        'The local data are from an older MedBook and cannot be upgraded: run `npm start -- --fresh`,',
      );
    } finally {
      await db.query(`drop database ${DATABASE_NAME} with (force)`);
    }
  });
});

describe('concurrent migrators', () => {
  /** Acquires the lock of Flyway, as another migrator does, until the client ends. */
  async function lockMigrations(client: pg.Client): Promise<void> {
    // "Flyway" in ASCII plus Java's hash of the table's quoted name.
    const hash = [...'"public"."flyway_schema_history"'].reduce((h, c) => (Math.imul(31, h) + c.charCodeAt(0)) | 0, 0);
    await client.query('select pg_advisory_lock($1::bigint)', [String(0x466c79776179n + BigInt(hash))]);
  }

  it('apply each script once: one of twenty applies all scripts, the others none', async () => {
    await write('area/V1__a.sql', 'create table a (id int); insert into a values (1);');
    await write('area/V2__index.sql', 'create index concurrently a_id on a (id);');
    await write('area/V3__more.sql', 'insert into a values (2);');
    await write('area/R__view.sql', 'create view b as select * from a;');
    const clients = await Promise.all(Array.from({ length: 20 }, () => database.connect()));
    const otherClient = await database.connect();
    try {
      await lockMigrations(otherClient);
      const runs = Promise.all(clients.map((client) => run(client)));
      const countWaiting = () => lines.filter(({ event }) => event === 'waiting_for_lock').length;
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(20);
      await otherClient.end();
      const results = await runs;
      const counts = results.map(({ applied }) => applied.length).sort((a, b) => b - a);
      expect(counts).toEqual([4, ...Array.from({ length: 19 }, () => 0)]);
      expect((await db.query('select id from b order by id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
      expect((await readHistory()).map((row) => row.installed_rank)).toEqual([1, 2, 3, 4]);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  it('log that they wait for the lock, and fail after the timeout', async () => {
    await write('area/V1__a.sql', 'create table a (id int);');
    const otherClient = await database.connect();
    try {
      await lockMigrations(otherClient);
      await expect(migrate(db, { directory, log, lockWaitSeconds: 0.3 })).rejects.toThrow('Another migrator');
      expect(lines).toEqual([{ event: 'waiting_for_lock', details: { waitedSeconds: 0, atMostSeconds: 0.3 } }]);
      expect(await tableExists('a')).toBe(false);
    } finally {
      await otherClient.end();
    }
    expect(await run()).toEqual({ applied: ['area/V1__a.sql'] });
  });
});
