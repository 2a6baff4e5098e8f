import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A server's program, and where the libraries lie that it was fetched with. */
export interface FetchedServer {
  readonly command: string;
  readonly libraries: readonly string[];
}

const run = promisify(execFile);
const LIMIT_SECONDS = 60;
const PACKAGES = ['valkey-server', 'redis-server'] as const;

/** The copy that an earlier call left in `directory`, if any. */
export async function fetchedRedis(directory: string): Promise<FetchedServer | undefined> {
  const root = join(directory, 'root');
  const command = PACKAGES.map((name) => join(root, 'usr/bin', name)).find((path) => existsSync(path));
  if (!command) return undefined;
  const folders = ['usr/lib', 'lib'].map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
  const byPlatform = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  return { command, libraries: byPlatform.flat().filter((path) => path.endsWith('-linux-gnu')) };
}

/**
 * Takes the server and the libraries that this system lacks from the distribution's packages, without installing them
 * and without root: apt keeps lists and downloads in a folder of ours.
 * @throws a sentence when there is no apt, no network or no such package, after a minute, or when cancelled.
 */
export async function fetchRedis(directory: string, cancelled?: AbortSignal): Promise<FetchedServer> {
  const limit = AbortSignal.timeout(LIMIT_SECONDS * 1000);
  try {
    return await unpack(directory, cancelled ? AbortSignal.any([limit, cancelled]) : limit);
  } catch (cause) {
    const why = limit.aborted ? `it took longer than ${LIMIT_SECONDS} s` : faultOf(cause);
    throw new Error(`Fetching Redis failed: ${why}.`, { cause });
  }
}

/** apt says why in its last line; the message of Node is the whole command. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'this system has no apt';
  const said = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : undefined;
  return said || error.message;
}

async function unpack(directory: string, signal: AbortSignal): Promise<FetchedServer> {
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(directory, 'fetch-'));
  try {
    const [debs, root] = [join(work, 'debs'), join(work, 'root')];
    for (const folder of ['lists/partial', 'cache/archives/partial', 'debs', 'root']) {
      await mkdir(join(work, folder), { recursive: true });
    }
    const apt = aptIn(work, signal);
    await apt(['update'], work);
    await apt(['download', ...(await missingPackages(apt, work))], debs);
    for (const deb of await readdir(debs)) await run('dpkg-deb', ['-x', join(debs, deb), root], { signal });
    // Another system may have fetched it meanwhile, and run it by now.
    if (!(await fetchedRedis(directory))) {
      await rm(join(directory, 'root'), { recursive: true, force: true });
      await rename(root, join(directory, 'root'));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const server = await fetchedRedis(directory);
  if (!server) throw new Error('The packages hold neither valkey-server nor redis-server.');
  return server;
}

type Apt = (args: readonly string[], cwd: string) => Promise<string>;

function aptIn(work: string, signal: AbortSignal): Apt {
  const settings = [
    `Dir::State=${work}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    // Nobody else uses these folders, and the lock files of the system are root's.
    'Debug::NoLocking=1',
    // As root apt would download as a user who may not enter here.
    'APT::Sandbox::User=root',
  ];
  const env = { ...process.env, LC_ALL: 'C' };
  return async (args, cwd) => {
    const options = settings.flatMap((setting) => ['-o', setting]);
    const { stdout } = await run('apt-get', [...options, '-q', ...args], { cwd, env, signal });
    return stdout;
  };
}

/**
 * What apt would install, asked in a simulation: so the list is right for every release. And what apt would not because it is installed: Debian's
 * server is a link to a program of its tools.
 */
async function missingPackages(apt: Apt, cwd: string): Promise<string[]> {
  let reason: unknown;
  for (const name of PACKAGES) {
    try {
      const plan = await apt(['install', '--simulate', '--no-install-recommends', name], cwd);
      const missing = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, planned]) => planned ?? []);
      return [...new Set([...missing, name, name.replace('server', 'tools')])];
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
