import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf, withoutByteOrderMark } from './checksum.ts';
import { compareVersions, parseScriptName, type ScriptName } from './script-name.ts';
import { canRunInTransaction, faultsOfStatements, splitStatements } from './statements.ts';

/** One file of the folder. A versioned script runs once; a repeatable one each time its checksum has changed. */
export interface Script extends ScriptName {
  readonly file: string;
  readonly checksum: number;
  readonly sql: string;
  readonly transactional: boolean;
}

/** Scripts in the order in which they run, and whatever is wrong with the folder whichever database it meets. */
export interface ScriptFolder {
  readonly scripts: readonly Script[];
  readonly faults: readonly string[];
}

/** Reads a folder that holds nothing but scripts (and hidden files, which are passed over). Throws if there is none. */
export async function readScripts(directory: string): Promise<ScriptFolder> {
  const files = (await readdir(directory)).filter((file) => !file.startsWith('.')).sort();
  const read = await Promise.all(files.map((file) => readScript(directory, file)));
  const scripts = read.flatMap(({ script }) => script ?? []).sort(inOrder);
  const faults = [...read.flatMap((result) => result.faults), ...duplicates(scripts)];
  // An empty folder is what a bundle without its migrations looks like: not a reason to deploy new code.
  if (files.length === 0) faults.push(`${directory} holds no scripts.`);
  return { scripts, faults };
}

async function readScript(directory: string, file: string): Promise<{ script?: Script; faults: string[] }> {
  const name = parseScriptName(file);
  if (name === null) {
    return { faults: [`${file} is not named like V1__description.sql, V1_2__description.sql or R__description.sql.`] };
  }
  const bytes = await readFile(join(directory, file));
  if (!isUtf8(bytes)) return { faults: [`${file} is not in UTF-8.`] };
  const text = bytes.toString('utf8');
  const statements = splitStatements(text);
  const script = {
    ...name,
    file,
    checksum: checksumOf(text),
    sql: withoutByteOrderMark(text),
    transactional: canRunInTransaction(statements),
  };
  const faults = faultsOfStatements(statements);
  // Flyway would replace it, unless told otherwise, and run another text than we do.
  if (text.includes('${')) faults.push('holds `${`, a placeholder of Flyway: placeholders are not replaced here');
  return { script, faults: faults.map((fault) => `${file} ${fault}.`) };
}

/** Versioned scripts by version, then repeatable ones by description, compared like Flyway does: by UTF-16 unit. */
function inOrder(a: Script, b: Script): number {
  if (a.version !== null && b.version !== null) return compareVersions(a.version, b.version);
  if (a.version !== null || b.version !== null) return a.version !== null ? -1 : 1;
  if (a.description === b.description) return 0;
  return a.description < b.description ? -1 : 1;
}

function duplicates(sorted: readonly Script[]): string[] {
  return sorted.flatMap((script, i) => {
    const previous = sorted[i - 1];
    if (previous === undefined || inOrder(previous, script) !== 0) return [];
    const what = script.version === null ? 'description' : 'version';
    return [`${previous.file} and ${script.file} have the same ${what}: rename one.`];
  });
}
