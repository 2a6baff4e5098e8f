// Starts one of the project's programs: node local/launch.mjs <script> [arguments]
// Plain JavaScript without dependencies, because it runs before they are installed, on Node 20 or later.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install/ensure-installed.mjs';

const REQUIRED_MAJOR = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const [script, ...args] = process.argv.slice(2);

try {
  if (!script) throw new Error('Specify the script to start: node local/launch.mjs <script> [arguments].');
  const installMilliseconds = await ensureInstalled(root);
  await run(findNode(), resolve(root, script), installMilliseconds);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Returns the Node that npm installed in node_modules, or else the current one. @throws when neither is new enough */
function findNode() {
  const installed = join(root, 'node_modules/.bin/node');
  if (existsSync(installed) && readMajorVersion(installed) >= REQUIRED_MAJOR) return installed;
  if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR) return process.execPath;
  throw new Error(
    `MedBook needs Node ${REQUIRED_MAJOR} or later, but this is Node ${process.versions.node}, and the Node from npm ` +
      `does not run on this ${process.platform}-${process.arch} system: install Node ${REQUIRED_MAJOR} (https://nodejs.org).`,
  );
}

/** Returns 0 when the binary cannot run: it is built for glibc, and the system may have another C library. */
function readMajorVersion(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return Number.parseInt(stdout?.slice(1) ?? '', 10) || 0;
}

/** Runs the script on this process's terminal, forwards signals to it and exits with its exit code. */
function run(node, path, installMilliseconds) {
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].filter(Boolean).join(delimiter),
    INSTALL_MILLISECONDS: String(installMilliseconds),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  // Node before 24.12 prints a warning about type stripping.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', path, ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // On Ctrl-C the terminal signals the whole process group, so the child has already received it.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  return new Promise((resolveRun, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? 128 + constants.signals[signal];
      resolveRun();
    });
  });
}
