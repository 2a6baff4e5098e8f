// Starts one of the project's programs: node local/launch.mjs <script> [arguments]
// Plain JavaScript without dependencies: it runs before there are any, on Node 20 or later.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install/ensure-installed.mjs';

const NEEDED_MAJOR = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const [script, ...args] = process.argv.slice(2);

try {
  if (!script) throw new Error('Name the script to start: node local/launch.mjs <script> [arguments].');
  const installMilliseconds = await ensureInstalled(root);
  await run(findNode(), resolve(root, script), installMilliseconds);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The Node that npm installed beside the other packages, else the one that runs this, if it is new enough. */
function findNode() {
  const installed = join(root, 'node_modules/.bin/node');
  if (existsSync(installed) && majorOf(installed) >= NEEDED_MAJOR) return installed;
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) return process.execPath;
  throw new Error(
    `This needs Node ${NEEDED_MAJOR} or later and runs on ${process.versions.node}, and the Node that npm brings ` +
      `does not run on ${process.platform}-${process.arch} here: install Node ${NEEDED_MAJOR} (https://nodejs.org).`,
  );
}

/** 0 when it cannot run: the binary is for glibc, and a system may have another C library. */
function majorOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return Number.parseInt(stdout?.slice(1) ?? '', 10) || 0;
}

/** Runs the script in our place: our terminal, our signals, its exit code. */
function run(node, path, installMilliseconds) {
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].filter(Boolean).join(delimiter),
    INSTALL_MILLISECONDS: String(installMilliseconds),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  // Node before 24.12 warns that it strips types.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', path, ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // Ctrl-C goes from the terminal to the whole group, so the child has it already: we only wait.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? 128 + constants.signals[signal];
      done();
    });
  });
}
