import { fileURLToPath } from 'node:url';
import { migrate } from '../../lambdas/migrations/migrate.ts';
import { withClient } from '../../lambdas/shared/db.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { insertDemoData } from '../demo/demo-data.sql.ts';
import { makeDemoLogins } from '../demo/demo-logins.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
export const DATABASE_NAME = 'medbook';

/** Connects as the owner, for one piece of work. */
export function asOwner<T>(
  port: number,
  ca: string,
  work: (db: Db) => Promise<T>,
  database = DATABASE_NAME,
): Promise<T> {
  return withClient({ host: 'localhost', port, user: 'postgres', database, ssl: { ca } }, work);
}

/** Makes the database where it is missing and brings it up to the migrations. Answers how many scripts were applied. */
export async function prepareDatabase(port: number, ca: string): Promise<number> {
  await asOwner(
    port,
    ca,
    async (db) => {
      const { rows } = await db.query('select from pg_database where datname = $1', [DATABASE_NAME]);
      if (rows.length === 0) await db.query(`create database ${DATABASE_NAME}`);
    },
    'postgres',
  );
  const { applied } = await asOwner(port, ca, (db) => migrate(db, { directory: MIGRATIONS, log: () => undefined }));
  return applied.length;
}

interface DemoOptions {
  readonly cognito: { readonly endpoint: string; readonly userPoolId: string };
  readonly region: string;
  readonly port: number;
  readonly ca: string;
}

/** The demo accounts and what they need, in the user pool and in the database. What is there stays as it is. */
export async function fillWithDemoData({ cognito, region, port, ca }: DemoOptions): Promise<void> {
  const logins = await makeDemoLogins(cognito.endpoint, region, cognito.userPoolId);
  await asOwner(port, ca, (db) => insertDemoData(db, logins));
}
