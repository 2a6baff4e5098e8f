import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyScript } from '../../../lambdas/migrations/apply-script.ts';
import { checkFunctionBodies } from '../../../lambdas/migrations/function-bodies.sql.ts';
import { createHistoryTable } from '../../../lambdas/migrations/history.sql.ts';
import { readScripts, type Script } from '../../../lambdas/migrations/read-scripts.ts';
import { createDatabase } from '../../support/database/test-database.ts';

const { scripts } = await readScripts(fileURLToPath(new URL('../../../migrations', import.meta.url)));
const versioned = scripts.filter(({ version }) => version !== null);
const repeatable = scripts.filter(({ version }) => version === null);

interface FunctionRow {
  readonly name: string;
  readonly definition: string;
  readonly body: string;
}

async function listFunctions(db: pg.Client): Promise<FunctionRow[]> {
  const { rows } = await db.query<FunctionRow>(
    `select oid::regprocedure::text as name, prosrc as body,
       pg_get_functiondef(oid) || coalesce(proacl::text, '') || coalesce(obj_description(oid, 'pg_proc'), '') as definition
     from pg_proc
     where pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend where pg_depend.objid = pg_proc.oid and pg_depend.deptype = 'e')
     order by name`,
  );
  return rows;
}

let expected: FunctionRow[];

beforeAll(async () => {
  const database = await createDatabase();
  const db = await database.connect();
  expected = await listFunctions(db);
  await db.end();
  await database.drop();
});

const reversed = repeatable.toReversed();
const orders = [1, 2, 3, 4].map((seed) => [`shuffled with seed ${seed}`, shuffle(repeatable, seed)] as const);

describe.each([['reversed', reversed] as const, ...orders])('repeatable scripts, %s', (_, order) => {
  it('create the same functions, whose bodies are valid', async () => {
    const database = await createDatabase({ empty: true });
    const db = await database.connect();
    try {
      await createHistoryTable(db);
      for (const script of [...versioned, ...order]) await applyScript(db, script, () => undefined);
      await checkFunctionBodies(db);
      expect(await listFunctions(db)).toEqual(expected);
    } finally {
      await db.end();
      await database.drop();
    }
  });
});

// PostgreSQL checks only the syntax of PL/pgSQL, so the call of a missing function would fail only when it runs.
it('function bodies call only functions that exist', async () => {
  const database = await createDatabase();
  const db = await database.connect();
  try {
    const { rows } = await db.query<{ name: string }>(
      `select proname as name from pg_proc
       union select word from pg_get_keywords()
       union select relname from pg_class where relnamespace = 'public'::regnamespace`,
    );
    const known = new Set(rows.map(({ name }) => name));
    const unknown = expected.flatMap(({ name, body }) =>
      listCalledNames(body)
        .filter((called) => !known.has(called))
        .map((called) => `${name} calls ${called}()`),
    );
    expect(unknown).toEqual([]);
  } finally {
    await db.end();
    await database.drop();
  }
});

/** Lists the names before a parenthesis, except aliases and the names of queries in `with`. */
function listCalledNames(body: string): string[] {
  const code = body.replaceAll(/--.*$/gm, ' ').replaceAll(/'[^']*'/g, "''");
  return [...code.matchAll(/(?<!\b(?:as|recursive)\s+)(?<![\w.])([a-z_]\w*)\s*\(/g)].flatMap((match) => match[1] ?? []);
}

/** Returns the scripts in an order that depends only on the seed. */
function shuffle(items: readonly Script[], seed: number): Script[] {
  const key = ({ file }: Script) => createHash('md5').update(`${seed} ${file}`).digest('hex');
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
