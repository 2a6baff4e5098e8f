import { appendFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { escapeIdentifier } from 'pg';
import { withOwnerConnection } from '../../../local/postgres/database.ts';
import { startPostgres } from '../../../local/postgres/postgres.ts';
import { stopLeftoverServer } from '../../../local/process/server-process.ts';
import { startRedis } from '../../../local/redis/redis.ts';
import { CACHE_FOLDER } from '../../../local/system/local-state.ts';
import type { Progress } from '../../../local/system/progress.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';
import { useEmulator } from '../aws-clients.ts';
import { EMULATOR_REGION, type Emulator, type Endpoint, getEmulatorLogPath, startEmulator } from './emulator.ts';
import { ensureEmulatorPython } from './python.ts';
import { PROXY_HOST, type SignIn, startRds, WRITER_HOST } from './rds.ts';

/** No server listens on this port. */
const UNREACHABLE_ENDPOINT = { host: 'localhost', port: 1 };

/**
 * Starts an empty emulated AWS account on this machine: MiniStack, Redis, and PostgreSQL behind substitutes for the
 * endpoints of Aurora and RDS Proxy. Sets the environment of this process accordingly, and adds each server to `stack`.
 */
export async function startServers(
  folder: string,
  { step, report }: Progress,
  stack: AsyncDisposableStack,
): Promise<void> {
  const [emulatorFolder, postgresFolder] = [join(folder, 'emulator'), join(folder, 'postgres')];
  await stopLeftoverServer('MiniStack', emulatorFolder);
  await stopLeftoverServer('PostgreSQL', postgresFolder);
  for (const directory of [emulatorFolder, postgresFolder]) await rm(directory, { recursive: true, force: true });
  await mkdir(emulatorFolder, { recursive: true });

  const tls = await ensureLocalCertificate(join(folder, 'tls'));
  setDefaultCACertificates([...getCACertificates('default'), tls.cert]);
  const python = await step('Python for the emulator', () =>
    ensureEmulatorPython(join(CACHE_FOLDER, 'ministack'), report),
  );
  const postgres = await step('PostgreSQL', () => startPostgres({ directory: postgresFolder, tls, durable: false }));
  stack.defer(() => postgres.stop());
  await createOwner(postgres.port, tls.cert);
  const redisOptions = { directory: join(folder, 'redis'), cacheDirectory: join(CACHE_FOLDER, 'redis'), tls };
  const redis = await step('Redis', () => startRedis({ ...redisOptions, onProgress: report }));
  stack.defer(() => redis.stop());
  if (redis.url === undefined) report(`    ${redis.reason}`);

  const log = (line: string) => appendFileSync(getEmulatorLogPath(emulatorFolder), `${line}\n`);
  // The emulator checks sign-ins, but needs the address of the database to start: a check waits for the emulator.
  const emulator = Promise.withResolvers<Emulator>();
  const checkSignIn = async (signIn: SignIn) => (await emulator.promise).checkSignIn(signIn);
  const findDatabase = createDatabaseFinder(postgres.port, tls.cert);
  const rds = await startRds({ tls, postgresPort: postgres.port, checkSignIn, findDatabase, log });
  stack.defer(() => rds.stop());
  const endpoints = {
    writer: { host: WRITER_HOST, port: rds.port },
    proxy: { host: PROXY_HOST, port: rds.port },
    cache: redis.url === undefined ? UNREACHABLE_ENDPOINT : toEndpoint(redis.url),
  };
  const { url } = await step('MiniStack', async () => {
    const started = await startEmulator({ python, directory: emulatorFolder, tls, endpoints });
    stack.defer(() => started.stop());
    emulator.resolve(started);
    return started;
  });
  useEmulator({ url, region: EMULATOR_REGION, caPath: await bundleAuthorities(join(folder, 'tls'), tls.cert) });
}

/**
 * Writes a file with the CAs that the programs started by this process trust: the CA of the emulator's certificate, and
 * the CAs of NODE_EXTRA_CA_CERTS, which package registries behind a proxy may need. Returns its path.
 */
async function bundleAuthorities(directory: string, cert: string): Promise<string> {
  const existingPath = process.env.NODE_EXTRA_CA_CERTS;
  const path = join(directory, 'authorities.pem');
  await writeFile(path, [cert, existingPath ? await readFile(existingPath, 'utf8') : ''].join('\n'));
  return path;
}

/** Creates the owner of a new Aurora cluster, which is not a superuser but can allow roles to sign in with IAM. */
async function createOwner(port: number, ca: string): Promise<void> {
  const statements = [
    'create role rds_iam nologin',
    'create role medbook_owner login createrole createdb',
    'grant rds_iam to medbook_owner with admin option',
  ];
  for (const statement of statements) await withOwnerConnection(port, ca, (db) => db.query(statement), 'postgres');
}

/** Returns a function that finds the database of a cluster, and creates an empty one for the first sign-in. */
function createDatabaseFinder(port: number, ca: string): (cluster: string, name: string) => Promise<string> {
  const databases = new Map<string, Promise<unknown>>();
  return async (cluster, name) => {
    const database = `${name} of ${cluster}`;
    const create = () =>
      withOwnerConnection(
        port,
        ca,
        (db) => db.query(`create database ${escapeIdentifier(database)} owner medbook_owner`),
        'postgres',
      );
    if (!databases.has(database)) databases.set(database, create());
    await databases.get(database);
    return database;
  };
}

function toEndpoint(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
