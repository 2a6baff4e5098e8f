import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { withLock } from '../process/with-lock.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Makes node_modules what package-lock.json says, for this platform. Runs npm only when it must, and one at a time.
 * @param {string} root the project's folder
 * @returns {Promise<number>} the milliseconds that it took; 0 when all was there
 * @throws a sentence, after npm's own output, when npm fails
 */
export async function ensureInstalled(root) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
  if (isInstalled(root, wanted, lock)) return 0;

  const started = performance.now();
  const local = join(root, '.local');
  mkdirSync(local, { recursive: true });
  const install = async (heldBy) => {
    if (isInstalled(root, wanted, lock)) return;
    console.error('Installing the packages: about half a minute, only after package-lock.json has changed …');
    rmSync(markerPath(root), { force: true });
    await npmInstall(root, local, heldBy);
    writeFileSync(markerPath(root), wanted);
    console.error(`Packages installed in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  };
  await withLock(join(local, 'install.lock'), install, (pid) =>
    console.error(`Process ${pid} is installing the packages: waiting for it …`),
  );
  return Math.round(performance.now() - started);
}

const markerPath = (root) => join(root, 'node_modules/.installed');

function isInstalled(root, wanted, lock) {
  const marker = markerPath(root);
  return (
    (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) || npmInstalled(root, JSON.parse(lock).packages)
  );
}

/** Whether somebody ran npm here themselves: it ends by writing down, in the lock file's form, what it installed. */
function npmInstalled(root, wanted) {
  const path = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(path)) return false;
  const installed = JSON.parse(readFileSync(path, 'utf8')).packages;
  const ownOptional = wanted[''].optionalDependencies ?? {};
  const isMeantForHere = ([name, { optional, os, cpu }]) => {
    // What others only would like to have depends on more than the lock file says.
    if (name === '' || (optional && !(name.replace('node_modules/', '') in ownOptional))) return false;
    return (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch));
  };
  return Object.entries(wanted)
    .filter(isMeantForHere)
    .every(([name, { version }]) => installed[name]?.version === version);
}

async function npmInstall(root, local, heldBy) {
  const { command, first, path } = findNpm(root);
  // Development packages too, whatever NODE_ENV says: the local parts are among them.
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
  // Killed, we leave npm running: the next start must wait for it.
  if (child.pid) heldBy(child.pid);
  const passOn = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, passOn);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code, signal] = await once(child, 'close').catch(({ message }) => {
    throw new Error(`npm could not be started (${message}): install it, it comes with Node (https://nodejs.org).`);
  });
  for (const signal of SIGNALS) process.off(signal, passOn);
  if (code === 0) return;
  console.error(output.trimEnd());
  throw new Error(
    `The packages could not be installed: npm ci ended with ${signal ?? `exit code ${code}`}, see above.`,
  );
}

/** The npm that started us, else the PATH's; never on the Node in node_modules, which npm is about to replace. */
function findNpm(root) {
  const own = join(root, 'node_modules/.bin');
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== own)
    .join(delimiter);
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  const known = script && node && basename(script) === 'npm-cli.js' && existsSync(script) && !node.startsWith(own);
  return known ? { command: node, first: [script], path } : { command: 'npm', first: [], path };
}

/** A home may not exist, like that of `nobody`, or be somebody else's. */
function canWrite(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
