import { randomUUID } from 'node:crypto';
import tls from 'node:tls';
import pg from 'pg';
import { inject } from 'vitest';
import { connectDatabase, withClient } from '../../../lambdas/shared/database.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { TEMPLATE_DATABASE } from './postgres-server.ts';

const { port, ca } = inject('postgres');

// What NODE_EXTRA_CA_CERTS does for the functions: they trust the server's certificate without being told of it.
tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
process.env.AWS_REGION ??= 'us-east-1';
process.env.AWS_ACCESS_KEY_ID ??= 'test';
process.env.AWS_SECRET_ACCESS_KEY ??= 'test';

/** A database of its own for a test file. */
export interface TestDatabase {
  readonly name: string;
  /** A plain connection, as the owner or as one of the functions' roles. The caller ends it. */
  connect(role?: string): Promise<pg.Client>;
  /** The connection that a function has. The database's end ends it. */
  connectAs(role: string): Db;
  drop(): Promise<void>;
}

/** Copies the migrated template; with `empty`, makes a database with nothing in it. */
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
        { DB_HOST: 'localhost', DB_PORT: port, DB_NAME: name, DB_USER: role },
        { queryTimeoutSeconds: 30 },
      ),
    drop: () => withClient(asOwner, async (db) => void (await db.query(`drop database ${name} with (force)`))),
  };
}

/** Does `work` in a transaction of which nothing stays. */
export async function rollBackAfter<T>(client: pg.Client, work: (tx: Db) => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    return await work(client);
  } finally {
    await client.query('rollback');
  }
}
