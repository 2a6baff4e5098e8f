import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { acquireLock } from '../../../local/process/with-lock.mjs';

const REQUIREMENTS = join(import.meta.dirname, 'ministack/requirements.txt');
const execute = promisify(execFile);

/** Returns why Python cannot run the emulator, as a clause for a message, or undefined if it can. */
export async function findPythonProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await execute('python3', ['-c', 'import sys, ensurepip, venv; print(*sys.version_info[:2])']);
    const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
    if (major > 3 || (major === 3 && minor >= 10)) return undefined;
    return `it needs Python 3.10 or later, but python3 is ${major}.${minor}`;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing
      ? 'it needs Python 3.10 or later, but python3 is not installed'
      : 'python3 has no module venv or ensurepip';
  }
}

/**
 * Returns the path of Python in a virtual environment in `folder` with the packages of requirements.txt. Creates the
 * environment if it is missing or outdated.
 * @throws with the output of pip if a package cannot be installed.
 */
export async function ensureEmulatorPython(folder: string, onProgress: (message: string) => void): Promise<string> {
  const python = getPythonPath(folder);
  const marker = getMarkerPath(folder);
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  // `python` is a link: its target may have been removed.
  const isInstalled = async () =>
    existsSync(python) && existsSync(marker) && (await readFile(marker, 'utf8')) === requirements;
  if (await isInstalled()) return python;

  await mkdir(join(folder, '..'), { recursive: true });
  const release = await acquireLock(`${folder}.lock`, (pid) =>
    onProgress(`Waiting for process ${pid}, which installs the emulator …`),
  );
  try {
    if (!(await isInstalled())) await install(folder, requirements, onProgress);
  } finally {
    release();
  }
  return python;
}

async function install(folder: string, requirements: string, onProgress: (message: string) => void): Promise<void> {
  onProgress('    Installing the emulator (about a minute, only after its requirements.txt has changed) …');
  await rm(folder, { recursive: true, force: true });
  await execute('python3', ['-m', 'venv', folder]);
  await execute(getPythonPath(folder), [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--quiet',
    '-r',
    REQUIREMENTS,
  ]);
  await writeFile(getMarkerPath(folder), requirements);
}

const getPythonPath = (folder: string) => join(folder, 'bin/python');
/** The marker is written last, so that an interrupted installation is repeated. */
const getMarkerPath = (folder: string) => join(folder, 'installed-requirements.txt');
