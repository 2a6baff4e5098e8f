import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The path of the server program, and the folders of the libraries downloaded with it. */
export interface RedisProgram {
  readonly command: string;
  readonly libraries: readonly string[];
}

const run = promisify(execFile);
const DOWNLOAD_TIMEOUT_SECONDS = 60;
const PACKAGES = ['valkey-server', 'redis-server'] as const;

/** Returns the Redis that an earlier call downloaded into `directory`, if any. */
export async function findDownloadedRedis(directory: string): Promise<RedisProgram | undefined> {
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
 * Downloads the server and the libraries that this system lacks from the distribution's packages into `directory`, without
 * installing them and without root.
 * @throws when apt, the network or the package is missing, after 60 seconds, or when cancelled
 */
export async function downloadRedis(directory: string, cancelled?: AbortSignal): Promise<RedisProgram> {
  const timeout = AbortSignal.timeout(DOWNLOAD_TIMEOUT_SECONDS * 1000);
  try {
    return await unpack(directory, cancelled ? AbortSignal.any([timeout, cancelled]) : timeout);
  } catch (cause) {
    const reason = timeout.aborted ? `it took longer than ${DOWNLOAD_TIMEOUT_SECONDS} s` : describeError(cause);
    throw new Error(`Downloading Redis failed: ${reason}.`, { cause });
  }
}

/** Prefers apt's last line, which has the reason; Node's message contains the whole command. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'this system has no apt';
  const lastLine = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : undefined;
  return lastLine || error.message;
}

async function unpack(directory: string, signal: AbortSignal): Promise<RedisProgram> {
  await mkdir(directory, { recursive: true });
  const workDirectory = await mkdtemp(join(directory, 'fetch-'));
  try {
    const [debs, root] = [join(workDirectory, 'debs'), join(workDirectory, 'root')];
    for (const folder of ['lists/partial', 'cache/archives/partial', 'debs', 'root']) {
      await mkdir(join(workDirectory, folder), { recursive: true });
    }
    const apt = createApt(workDirectory, signal);
    await apt(['update'], workDirectory);
    await apt(['download', ...(await listMissingPackages(apt, workDirectory))], debs);
    for (const deb of await readdir(debs)) await run('dpkg-deb', ['-x', join(debs, deb), root], { signal });
    // Another system may have downloaded it meanwhile and already be running it.
    if (!(await findDownloadedRedis(directory))) {
      await rm(join(directory, 'root'), { recursive: true, force: true });
      await rename(root, join(directory, 'root'));
    }
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
  const server = await findDownloadedRedis(directory);
  if (!server) throw new Error('The packages contain neither valkey-server nor redis-server.');
  return server;
}

type Apt = (args: readonly string[], cwd: string) => Promise<string>;

function createApt(workDirectory: string, signal: AbortSignal): Apt {
  const aptSettings = [
    `Dir::State=${workDirectory}`,
    `Dir::State::lists=${join(workDirectory, 'lists')}`,
    `Dir::Cache=${join(workDirectory, 'cache')}`,
    // No other process uses these folders, and only root may lock the system's files.
    'Debug::NoLocking=1',
    // As root, apt would otherwise download as a user without access to this folder.
    'APT::Sandbox::User=root',
  ];
  const env = { ...process.env, LC_ALL: 'C' };
  return async (args, cwd) => {
    const options = aptSettings.flatMap((setting) => ['-o', setting]);
    const { stdout } = await run('apt-get', [...options, '-q', ...args], { cwd, env, signal });
    return stdout;
  };
}

/**
 * Returns the packages that a simulated installation lists, which is right for every release, and always the server and its
 * tools, even if installed: Debian's server is a link to a program of the tools package.
 */
async function listMissingPackages(apt: Apt, cwd: string): Promise<string[]> {
  let lastError: unknown;
  for (const name of PACKAGES) {
    try {
      const plan = await apt(['install', '--simulate', '--no-install-recommends', name], cwd);
      const missing = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, packageName]) => packageName ?? []);
      return [...new Set([...missing, name, name.replace('server', 'tools')])];
    } catch (error) {
      lastError = error;
    }
  }
  throw lastError;
}
