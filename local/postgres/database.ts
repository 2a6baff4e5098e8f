import { fileURLToPath } from 'node:url';
import type { Pool } from '@medbook/contract/access';
import { migrate } from '../../lambdas/migrations/migrate.ts';
import { ReplacedBaselineError } from '../../lambdas/migrations/replaced-baseline.ts';
import { withClient } from '../../lambdas/shared/database.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { insertDemoData } from '../demo/demo-data.sql.ts';
import { createDemoLogins } from '../demo/demo-logins.ts';

/** The folder of the migration scripts. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
/** The name of MedBook's database on the local server. */
export const DATABASE_NAME = 'medbook';
const OUTDATED_DATA =
  'The local data are from an older MedBook and cannot be upgraded: run `npm start -- --fresh`, which deletes them and creates new demo data.';

/** Runs `work` on a connection of the database owner and returns its result. `ca` is the trusted PEM certificate. */
export function withOwnerConnection<T>(
  port: number,
  ca: string,
  work: (db: Db) => Promise<T>,
  database = DATABASE_NAME,
): Promise<T> {
  return withClient({ host: 'localhost', port, user: 'postgres', database, ssl: { ca } }, work);
}

/**
 * Creates the database if it is missing, runs the migrations and returns the number of scripts applied.
 * @throws when the data are too old to migrate
 */
export async function prepareDatabase(port: number, ca: string): Promise<number> {
  await withOwnerConnection(
    port,
    ca,
    async (db) => {
      const { rows } = await db.query('select from pg_database where datname = $1', [DATABASE_NAME]);
      if (rows.length === 0) await db.query(`create database ${DATABASE_NAME}`);
    },
    'postgres',
  );
  try {
    const { applied } = await withOwnerConnection(port, ca, (db) =>
      migrate(db, { directory: MIGRATIONS_FOLDER, log: () => undefined }),
    );
    return applied.length;
  } catch (cause) {
    if (cause instanceof ReplacedBaselineError) throw new Error(OUTDATED_DATA, { cause });
    throw cause;
  }
}

interface DemoDataOptions {
  readonly cognitoEndpoint: string;
  readonly userPoolIds: Readonly<Record<Pool, string>>;
  readonly region: string;
  readonly port: number;
  readonly ca: string;
}

/** Creates the demo accounts in their user pools and the demo data in the database. Existing data stay unchanged. */
export async function loadDemoData(options: DemoDataOptions): Promise<void> {
  const { cognitoEndpoint, userPoolIds, region, port, ca } = options;
  const logins = await createDemoLogins(cognitoEndpoint, region, userPoolIds);
  await withOwnerConnection(port, ca, (db) => insertDemoData(db, logins));
}
