import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ServerProcess, startServerProcess, stopLeftoverServer } from '../process/server-process.ts';
import { withPort } from '../process/with-port.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { type PostgresPlace, postgresPlace } from './postgres-place.ts';

export interface PostgresOptions {
  /** Kept between starts; made when missing. */
  readonly directory: string;
  readonly tls: { readonly certPath: string; readonly keyPath: string };
  /** A free one when absent. */
  readonly port?: number;
  /** Whether a commit survives the loss of power; default true. Tests say false and gain speed. */
  readonly durable?: boolean;
  /** Default 100. */
  readonly maxConnections?: number;
  /** The server ended although nobody stopped it; the sentence quotes its last lines. */
  readonly onExit?: (reason: string) => void;
}

export interface LocalPostgres {
  readonly port: number;
  readonly pid: number;
  /** The superuser `postgres` in the database `postgres`; names the certificate, so `pg` and `psql` verify it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Of a start after a crash, which replays the log first. */
const START_SECONDS = 60;
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts PostgreSQL on loopback, with TLS only. Every role is let in without a password, so a token given as one passes.
 * A server that an earlier, killed run left in `directory` is stopped first.
 * @throws a sentence with the server's own last lines: no space, port taken, data of another version …
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { directory, tls } = options;
  await mkdir(directory, { recursive: true });
  await stopLeftoverServer('PostgreSQL', directory);
  const place = await postgresPlace(directory);
  const bin = await postgresBinaries(place);
  if (!existsSync(place.data)) await initialize(bin, place);
  await configure(place, tls);

  return withPort(options.port, async (port) => {
    const { pid, stop } = await serve(bin, place, port, options);
    const trusted = `sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.certPath)}`;
    return { port, pid, url: `postgres://postgres@127.0.0.1:${port}/postgres?${trusted}`, stop };
  });
}

/** Never the user's LANG: unset it gives SQL_ASCII, and a locale that the system lacks stops initdb. */
const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Makes the data beside their place and moves them there whole: initdb may be killed half way. */
async function initialize(bin: string, { data, user }: PostgresPlace): Promise<void> {
  const next = `${data}.new`;
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { mode: 0o700 });
  if (user) await chown(next, user.uid, user.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = ['-D', next, '-U', 'postgres', '--auth=trust', ...locale, '--no-sync', '--no-instructions'];
  const child = spawn(join(bin, 'initdb'), args, { env: ENVIRONMENT, ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  const code = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  const [complaint, status] = await Promise.all([text(child.stderr), code]);
  if (status !== 0) throw new Error(`PostgreSQL's data could not be made in ${data}.\n${complaint.trim()}`);
  await rename(next, data);
}

/** Written at each start, so that what is in force is what this file says. */
async function configure({ data, user }: PostgresPlace, tls: PostgresOptions['tls']): Promise<void> {
  const write = async (name: string, fill: (path: string) => Promise<void>) => {
    const path = join(data, name);
    await rm(path, { force: true });
    await fill(path);
    await chmod(path, 0o600);
    if (user) await chown(path, user.uid, user.gid);
  };
  await write('server.crt', (path) => copyFile(tls.certPath, path));
  await write('server.key', (path) => copyFile(tls.keyPath, path));
  await write('pg_hba.conf', (path) => writeFile(path, 'hostssl all all 127.0.0.1/32 trust\n'));
  // No server runs here now, and its number may be another process's by now, which PostgreSQL would take for a server.
  await rm(join(data, 'postmaster.pid'), { force: true });
}

async function serve(
  bin: string,
  place: PostgresPlace,
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
    ...(durable ? [] : NOT_DURABLE),
  ];
  return startServerProcess({
    name: 'PostgreSQL',
    directory,
    command: join(bin, 'postgres'),
    args: ['-D', place.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    env: ENVIRONMENT,
    user: place.user,
    isReady: (log) => log.includes('database system is ready to accept connections'),
    readySeconds: START_SECONDS,
    onExit,
  });
}
