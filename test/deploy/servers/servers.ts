import { appendFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { asOwner } from '../../../local/postgres/database.ts';
import { startPostgres } from '../../../local/postgres/postgres.ts';
import { stopLeftoverServer } from '../../../local/process/server-process.ts';
import type { Progress } from '../../../local/progress.ts';
import { startRedis } from '../../../local/redis/redis.ts';
import { CACHE_FOLDER } from '../../../local/state.ts';
import { localCertificate } from '../../../local/tls.ts';
import { useEmulator } from '../aws.ts';
import { type Emulator, type Endpoint, emulatorLogPath, REGION, startEmulator } from './emulator.ts';
import { emulatorPython } from './python.ts';
import { PROXY_HOST, type SignIn, startRds, WRITER_HOST } from './rds.ts';

/** Nobody listens there. */
const NOWHERE = { host: 'localhost', port: 1 };

/**
 * Starts an empty AWS on this machine: MiniStack; PostgreSQL behind stand-ins for the endpoints of Aurora and RDS
 * Proxy; Redis.
 * From then on the environment of this process points there, and each server is put on `stack`.
 */
export async function startServers(
  folder: string,
  { step, say }: Progress,
  stack: AsyncDisposableStack,
): Promise<void> {
  const [emulatorFolder, postgresFolder] = [join(folder, 'emulator'), join(folder, 'postgres')];
  await stopLeftoverServer('MiniStack', emulatorFolder);
  await stopLeftoverServer('PostgreSQL', postgresFolder);
  for (const old of [emulatorFolder, postgresFolder]) await rm(old, { recursive: true, force: true });
  await mkdir(emulatorFolder, { recursive: true });

  const tls = await localCertificate(join(folder, 'tls'));
  setDefaultCACertificates([...getCACertificates('default'), tls.cert]);
  const python = await step('The emulator’s Python', () => emulatorPython(join(CACHE_FOLDER, 'ministack'), say));
  const postgres = await step('PostgreSQL', () => startPostgres({ directory: postgresFolder, tls, durable: false }));
  stack.defer(() => postgres.stop());
  await makeOwner(postgres.port, tls.cert);
  const redisOptions = { directory: join(folder, 'redis'), cacheDirectory: join(CACHE_FOLDER, 'redis'), tls };
  const redis = await step('Redis', () => startRedis({ ...redisOptions, onProgress: say }));
  stack.defer(() => redis.stop());
  if (redis.url === undefined) say(`    ${redis.reason}`);

  const log = (line: string) => appendFileSync(emulatorLogPath(emulatorFolder), `${line}\n`);
  // Who may sign in is known to the emulator alone, which needs the address of the database to start.
  const emulator = Promise.withResolvers<Emulator>();
  const refusal = async (signIn: SignIn) => (await emulator.promise).refusal(signIn);
  const rds = await startRds({ tls, postgresPort: postgres.port, refusal, log });
  stack.defer(() => rds.stop());
  const endpoints = {
    writer: { host: WRITER_HOST, port: rds.port },
    proxy: { host: PROXY_HOST, port: rds.port },
    cache: redis.url === undefined ? NOWHERE : addressOf(redis.url),
  };
  const { url } = await step('MiniStack', async () => {
    const started = await startEmulator({ python, directory: emulatorFolder, tls, endpoints });
    stack.defer(() => started.stop());
    emulator.resolve(started);
    return started;
  });
  useEmulator({ url, region: REGION, caPath: tls.certPath });
}

/**
 * What a new Aurora cluster has: its database, and its owner, who is no superuser but may let roles sign in with IAM.
 */
async function makeOwner(port: number, ca: string): Promise<void> {
  const statements = [
    'create role rds_iam nologin',
    'create role medbook_owner login createrole createdb',
    'grant rds_iam to medbook_owner with admin option',
    'create database medbook owner medbook_owner',
  ];
  for (const statement of statements) await asOwner(port, ca, (db) => db.query(statement), 'postgres');
}

function addressOf(url: string): Endpoint {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
