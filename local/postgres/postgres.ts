import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ServerProcess, startServerProcess, stopLeftoverServer } from '../process/server-process.ts';
import { withPort } from '../process/with-port.ts';
import { ensurePostgresBinaries } from './postgres-binaries.ts';
import { type PostgresLocation, resolvePostgresLocation } from './postgres-location.ts';

/** Options of `startPostgres`. */
export interface PostgresOptions {
  /** Kept between starts; created if missing. */
  readonly directory: string;
  readonly tls: { readonly certPath: string; readonly keyPath: string };
  /** @default - any free port */
  readonly port?: number;
  /** Whether commits survive a power failure; default true. Tests set false for speed. */
  readonly durable?: boolean;
  /** Default 100. */
  readonly maxConnections?: number;
  /** Called when the server ends by itself; `reason` includes its last lines of output. */
  readonly onExit?: (reason: string) => void;
}

/** A running PostgreSQL server. */
export interface LocalPostgres {
  readonly port: number;
  readonly pid: number;
  /** Connects as the superuser `postgres` to the database `postgres`, with the certificate for `pg` and `psql` to verify. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Long enough for a start after a crash, which replays the write-ahead log first. */
const START_TIMEOUT_SECONDS = 60;
const NON_DURABLE_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts PostgreSQL on loopback, with TLS only. All roles connect without a password, so an IAM token sent as the password is
 * accepted. First stops a server that a killed run left in `directory`.
 * @throws with the server's last lines of output, for instance when the disk is full or the data are of another version
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { directory, tls } = options;
  await mkdir(directory, { recursive: true });
  await stopLeftoverServer('PostgreSQL', directory);
  const location = await resolvePostgresLocation(directory);
  const binDirectory = await ensurePostgresBinaries(location);
  if (!existsSync(location.dataDirectory)) await initialize(binDirectory, location);
  await configure(location, tls);

  return withPort(options.port, async (port) => {
    const { pid, stop } = await startServer(binDirectory, location, port, options);
    const tlsParameters = `sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.certPath)}`;
    return { port, pid, url: `postgres://postgres@127.0.0.1:${port}/postgres?${tlsParameters}`, stop };
  });
}

/** Not the user's LANG: without it initdb would use SQL_ASCII, and with an unknown locale it would fail. */
const SERVER_ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Creates the data in a temporary directory and renames it, because initdb may be killed before it has finished. */
async function initialize(binDirectory: string, { dataDirectory, user }: PostgresLocation): Promise<void> {
  const temporaryDirectory = `${dataDirectory}.new`;
  await rm(temporaryDirectory, { recursive: true, force: true });
  await mkdir(temporaryDirectory, { mode: 0o700 });
  if (user) await chown(temporaryDirectory, user.uid, user.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = [
    '-D',
    temporaryDirectory,
    '-U',
    'postgres',
    '--auth=trust',
    ...locale,
    '--no-sync',
    '--no-instructions',
  ];
  const child = spawn(join(binDirectory, 'initdb'), args, {
    env: SERVER_ENVIRONMENT,
    ...user,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const code = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  const [errorOutput, status] = await Promise.all([text(child.stderr), code]);
  if (status !== 0)
    throw new Error(`PostgreSQL's data could not be created in ${dataDirectory}.\n${errorOutput.trim()}`);
  await rename(temporaryDirectory, dataDirectory);
}

/** Writes the certificate and the configuration at each start, so that changes to this file take effect. */
async function configure({ dataDirectory, user }: PostgresLocation, tls: PostgresOptions['tls']): Promise<void> {
  const write = async (name: string, writeContent: (path: string) => Promise<void>) => {
    const path = join(dataDirectory, name);
    await rm(path, { force: true });
    await writeContent(path);
    await chmod(path, 0o600);
    if (user) await chown(path, user.uid, user.gid);
  };
  await write('server.crt', (path) => copyFile(tls.certPath, path));
  await write('server.key', (path) => copyFile(tls.keyPath, path));
  await write('pg_hba.conf', (path) => writeFile(path, 'hostssl all all 127.0.0.1/32 trust\n'));
  // No server runs here now, but another process may have the recorded id, and PostgreSQL would mistake it for a server.
  await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
}

async function startServer(
  binDirectory: string,
  location: PostgresLocation,
  port: number,
  options: PostgresOptions,
): Promise<ServerProcess> {
  const { directory, onExit, durable = true, maxConnections = 100 } = options;
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'ssl=on',
    'timezone=UTC',
    'lc_messages=C',
    `max_connections=${maxConnections}`,
    ...(durable ? [] : NON_DURABLE_SETTINGS),
  ];
  return startServerProcess({
    name: 'PostgreSQL',
    directory,
    command: join(binDirectory, 'postgres'),
    args: ['-D', location.dataDirectory, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    env: SERVER_ENVIRONMENT,
    user: location.user,
    isReady: (log) => log.includes('database system is ready to accept connections'),
    readyTimeoutSeconds: START_TIMEOUT_SECONDS,
    onExit,
  });
}
