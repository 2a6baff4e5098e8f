import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA_FILE } from '../lambdas/migrations/read-scripts.ts';
import { MIGRATIONS_FOLDER, prepareDatabase, withOwnerConnection } from './postgres/database.ts';
import { startPostgres } from './postgres/postgres.ts';
import { readSchema } from './postgres/schema.sql.ts';
import { ensureLocalCertificate } from './tls/local-certificate.ts';

const USAGE = `npm run schema [-- --check]

Writes migrations/schema.sql, the schema that the migration scripts create in a new database.
With --check it writes nothing and fails if the file differs.`;

const FILE = join(MIGRATIONS_FOLDER, SCHEMA_FILE);

try {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== '--check')) throw new Error(USAGE);
  const schema = await createSchemaFromScripts();
  if (!args.includes('--check')) await writeFile(FILE, schema);
  else if ((await readFile(FILE, 'utf8').catch(() => '')) !== schema)
    throw new Error(
      `migrations/${SCHEMA_FILE} differs from the scripts: run \`npm run schema\` and commit the result.`,
    );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Migrates an empty database on a temporary server and returns its schema. */
async function createSchemaFromScripts(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'medbook-schema-'));
  stack.defer(() => rm(directory, { recursive: true }));
  // PostgreSQL does not run as root, so its user needs access to the directory.
  await chmod(directory, 0o711);
  const tls = await ensureLocalCertificate(directory);
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), tls, durable: false });
  stack.defer(() => postgres.stop());
  await prepareDatabase(postgres.port, tls.cert);
  // Awaited here, because the server stops when this function returns.
  return await withOwnerConnection(postgres.port, tls.cert, readSchema);
}
