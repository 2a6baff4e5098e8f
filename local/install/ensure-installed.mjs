import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { withLock } from '../process/with-lock.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Installs the packages of package-lock.json for this platform unless they are already installed. Only one process at a time
 * runs npm.
 * @param {string} root the project's folder
 * @returns {Promise<number>} the duration in milliseconds; 0 when everything was already installed
 * @throws when npm fails, after printing npm's output
 */
export async function ensureInstalled(root) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const expected = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
  if (isInstalled(root, expected, lock)) return 0;

  const started = performance.now();
  const local = join(root, '.local');
  mkdirSync(local, { recursive: true });
  const install = async (setHolder) => {
    if (isInstalled(root, expected, lock)) return;
    console.error('Installing packages (about half a minute, only when package-lock.json has changed) …');
    rmSync(markerPath(root), { force: true });
    await npmInstall(root, local, setHolder);
    writeFileSync(markerPath(root), expected);
    console.error(`Packages installed in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  };
  await withLock(join(local, 'install.lock'), install, (pid) =>
    console.error(`Waiting for process ${pid}, which is installing the packages …`),
  );
  return Math.round(performance.now() - started);
}

const markerPath = (root) => join(root, 'node_modules/.installed');

function isInstalled(root, expected, lock) {
  const marker = markerPath(root);
  return (
    (existsSync(marker) && readFileSync(marker, 'utf8') === expected) ||
    isInstalledByNpm(root, JSON.parse(lock).packages)
  );
}

/** Whether the user ran npm directly: npm records what it installed in node_modules/.package-lock.json. */
function isInstalledByNpm(root, expected) {
  const path = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(path)) return false;
  const installed = JSON.parse(readFileSync(path, 'utf8')).packages;
  const ownOptional = expected[''].optionalDependencies ?? {};
  const isForThisPlatform = ([name, { optional, os, cpu }]) => {
    // Whether npm installs an optional dependency of another package depends on more than the lock file.
    if (name === '' || (optional && !(name.replace('node_modules/', '') in ownOptional))) return false;
    return (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch));
  };
  return Object.entries(expected)
    .filter(isForThisPlatform)
    .every(([name, { version }]) => installed[name]?.version === version);
}

async function npmInstall(root, local, setHolder) {
  const { command, first, path } = findNpm(root);
  // Includes development packages regardless of NODE_ENV: the local servers are among them.
  const args = [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--include=optional',
    '--loglevel=error',
  ];
  const env = { ...process.env, PATH: path, npm_config_update_notifier: 'false' };
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  if (!canWrite(cache)) env.npm_config_cache = join(local, 'npm-cache');
  const child = spawn(command, [...first, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  // If this process is killed, npm keeps running, and the next start must wait for it.
  if (child.pid) setHolder(child.pid);
  const forwardSignal = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forwardSignal);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code, signal] = await once(child, 'close').catch(({ message }) => {
    throw new Error(`npm could not be started (${message}): install Node, which includes npm (https://nodejs.org).`);
  });
  for (const signal of SIGNALS) process.off(signal, forwardSignal);
  if (code === 0) return;
  console.error(output.trimEnd());
  throw new Error(
    `The packages could not be installed: npm ci ended with ${signal ?? `exit code ${code}`}; see its output above.`,
  );
}

/** Returns the npm that started this process, else the one in PATH; never with the Node in node_modules, which npm will replace. */
function findNpm(root) {
  const own = join(root, 'node_modules/.bin');
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== own)
    .join(delimiter);
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  const isUsable = script && node && basename(script) === 'npm-cli.js' && existsSync(script) && !node.startsWith(own);
  return isUsable ? { command: node, first: [script], path } : { command: 'npm', first: [], path };
}

/** The home folder may be missing, as for an unprivileged system user, or belong to another user. */
function canWrite(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
