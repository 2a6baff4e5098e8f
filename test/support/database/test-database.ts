import { randomUUID } from 'node:crypto';
import tls from 'node:tls';
import pg from 'pg';
import { inject } from 'vitest';
import { connectDatabase, withClient } from '../../../lambdas/shared/database.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { TEMPLATE_DATABASE } from './postgres-server.ts';

const { port, ca } = inject('postgres');

// Trusts the server's certificate, as NODE_EXTRA_CA_CERTS does for the deployed functions.
tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
process.env.AWS_REGION ??= 'us-east-1';
process.env.AWS_ACCESS_KEY_ID ??= 'test';
process.env.AWS_SECRET_ACCESS_KEY ??= 'test';

/** A separate database for a test file. */
export interface TestDatabase {
  readonly name: string;
  /** Opens a plain connection as the owner or as a function's role. The caller closes it. */
  connect(role?: string): Promise<pg.Client>;
  /** Opens a connection as a function does. Dropping the database closes it. */
  connectAs(role: string): Db;
  drop(): Promise<void>;
}

/** Copies the migrated template; with `empty`, creates an empty database. */
export async function createDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const server = { host: 'localhost', port, ssl: true };
  const asOwner = { ...server, user: 'postgres', database: 'postgres' };
  await withClient(asOwner, (db) =>
    db.query(`create database ${name} template ${empty ? 'template0' : TEMPLATE_DATABASE}`),
  );
  return {
    name,
    connect: async (role = 'postgres') => {
      const client = new pg.Client({ ...server, user: role, database: name });
      await client.connect();
      return client;
    },
    connectAs: (role) =>
      connectDatabase(
        { DB_HOST: 'localhost', DB_PORT: port, DB_NAME: name, DB_USER: role, DB_PAUSES: false },
        { queryTimeoutSeconds: 30 },
      ),
    drop: () => withClient(asOwner, async (db) => void (await db.query(`drop database ${name} with (force)`))),
  };
}

/** Runs `work` in a transaction and rolls it back. */
export async function rollBackAfter<T>(client: pg.Client, work: (tx: Db) => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    return await work(client);
  } finally {
    await client.query('rollback');
  }
}
