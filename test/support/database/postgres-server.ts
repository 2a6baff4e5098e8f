import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../../lambdas/migrations/migrate.ts';
import { withClient } from '../../../lambdas/shared/database.ts';
import { startPostgres } from '../../../local/postgres/postgres.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL server of this run of the integration tests; `ca` is its certificate. */
    readonly postgres: { readonly port: number; readonly ca: string };
  }
}

/** The migrated database that each test database is a copy of. */
export const TEMPLATE_DATABASE = 'medbook_template';

/** Starts one PostgreSQL for all integration tests, with a migrated template database: copying it takes about 30 ms. */
export default async function setup(project: TestProject) {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-test-'));
  // PostgreSQL does not run as root, so its user needs access to the directory.
  await chmod(directory, 0o711);
  const tls = await ensureLocalCertificate(directory);
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    tls,
    durable: false,
    maxConnections: 400,
  });
  const server = { host: 'localhost', port: postgres.port, user: 'postgres', ssl: { ca: tls.cert } };
  await withClient({ ...server, database: 'postgres' }, (db) => db.query(`create database ${TEMPLATE_DATABASE}`));
  await withClient({ ...server, database: TEMPLATE_DATABASE }, (db) =>
    migrate(db, { directory: fileURLToPath(new URL('../../../migrations', import.meta.url)), log: () => undefined }),
  );
  project.provide('postgres', { port: postgres.port, ca: tls.cert });
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true });
  };
}
