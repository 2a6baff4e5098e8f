import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { acquireLock } from '../../../local/process/with-lock.mjs';

const REQUIREMENTS = join(import.meta.dirname, 'ministack/requirements.txt');
const execute = promisify(execFile);

/** Why there is no Python for the emulator; a clause for people, undefined when there is one. */
export async function findPythonProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await execute('python3', ['-c', 'import sys, ensurepip, venv; print(*sys.version_info[:2])']);
    const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
    if (major > 3 || (major === 3 && minor >= 10)) return undefined;
    return `it needs Python 3.10 or later, and python3 is ${major}.${minor}`;
  } catch (error) {
    const notThere = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return notThere
      ? 'it needs Python 3.10 or later, and there is no python3'
      : 'python3 has no module venv or ensurepip';
  }
}

/**
 * The Python of an environment of our own in `folder`, with what requirements.txt names; made when missing or outdated.
 * @throws with pip's own words when something cannot be installed.
 */
export async function emulatorPython(folder: string, onProgress: (sentence: string) => void): Promise<string> {
  const python = pythonIn(folder);
  const marker = markerIn(folder);
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  // The Python that it was made from may be gone.
  const isInstalled = async () =>
    existsSync(python) && existsSync(marker) && (await readFile(marker, 'utf8')) === requirements;
  if (await isInstalled()) return python;

  await mkdir(join(folder, '..'), { recursive: true });
  const release = await acquireLock(`${folder}.lock`, (pid) =>
    onProgress(`Process ${pid} installs the emulator: waiting for it …`),
  );
  try {
    if (!(await isInstalled())) await install(folder, requirements, onProgress);
  } finally {
    release();
  }
  return python;
}

async function install(folder: string, requirements: string, onProgress: (sentence: string) => void): Promise<void> {
  onProgress('    Installing the emulator: about a minute, only when the emulator’s requirements.txt has changed …');
  await rm(folder, { recursive: true, force: true });
  await execute('python3', ['-m', 'venv', folder]);
  await execute(pythonIn(folder), [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--quiet',
    '-r',
    REQUIREMENTS,
  ]);
  await writeFile(markerIn(folder), requirements);
}

const pythonIn = (folder: string) => join(folder, 'bin/python');
/** Written last, so that an environment that was cut short is made again. */
const markerIn = (folder: string) => join(folder, 'installed-requirements.txt');
