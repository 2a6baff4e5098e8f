import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { computeChecksum, stripByteOrderMark } from './checksum.ts';
import { compareVersions, parseScriptName, type ScriptName } from './script-name.ts';
import { canRunInTransaction, findStatementErrors, splitStatements } from './statements.ts';

/** A script. A versioned script runs once, a repeatable one whenever its checksum has changed. */
export interface Script extends ScriptName {
  /** The path relative to the migrations folder, with `/`. */
  readonly file: string;
  readonly checksum: number;
  readonly sql: string;
  readonly transactional: boolean;
}

/** The scripts of a folder in the order in which they run, and the errors that do not depend on the database. */
export interface ScriptFolder {
  readonly scripts: readonly Script[];
  readonly errors: readonly string[];
}

/** The generated schema: the only file beside the folders, and not a script. */
export const SCHEMA_FILE = 'schema.sql';

/**
 * Reads the scripts in the folders of `directory`, at any depth, as Flyway does with the location `filesystem:migrations/*`.
 * Any other file in the folders is an error; hidden files and folders are skipped.
 * @throws when `directory` does not exist
 */
export async function readScripts(directory: string): Promise<ScriptFolder> {
  const files = await listFiles(directory);
  const results = await Promise.all(files.map((file) => readScript(directory, file)));
  const scripts = results.flatMap(({ script }) => script ?? []).sort(compareScripts);
  const errors = [...results.flatMap((result) => result.errors), ...findDuplicates(scripts)];
  // An empty folder means that the bundle lacks its migrations: the new code must not be deployed.
  if (files.length === 0) errors.push(`${directory} contains no scripts.`);
  return { scripts, errors };
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => file !== SCHEMA_FILE && !file.split('/').some((part) => part.startsWith('.')))
    .sort();
}

async function readScript(directory: string, file: string): Promise<{ script?: Script; errors: string[] }> {
  if (!file.includes('/'))
    return { errors: [`${file} is not in a folder, so Flyway does not find it: move it into one.`] };
  const name = parseScriptName(basename(file));
  if (name === null) {
    return { errors: [`${file} is not named like V1__description.sql, V1_2__description.sql or R__description.sql.`] };
  }
  const bytes = await readFile(join(directory, file));
  if (!isUtf8(bytes)) return { errors: [`${file} is not in UTF-8.`] };
  const text = bytes.toString('utf8');
  const statements = splitStatements(text);
  const script = {
    ...name,
    file,
    checksum: computeChecksum(text),
    sql: stripByteOrderMark(text),
    transactional: canRunInTransaction(statements),
  };
  const errors = findStatementErrors(statements);
  // Its failed run would have no version by which a rolled-back release could recognise it as newer.
  if (name.version === null && !script.transactional)
    errors.push('contains a command that cannot run in a transaction, so it must be a versioned script: rename it');
  // By default Flyway would replace it, and so run a different text.
  if (text.includes('${')) errors.push('contains `${`, a placeholder of Flyway: placeholders are not replaced here');
  return { script, errors: errors.map((error) => `${file} ${error}.`) };
}

/** Orders versioned scripts by version, then repeatable ones by description, in UTF-16 units like Flyway. */
function compareScripts(a: Script, b: Script): number {
  if (a.version !== null && b.version !== null) return compareVersions(a.version, b.version);
  if (a.version !== null || b.version !== null) return a.version !== null ? -1 : 1;
  if (a.description === b.description) return 0;
  return a.description < b.description ? -1 : 1;
}

function findDuplicates(sorted: readonly Script[]): string[] {
  return sorted.flatMap((script, i) => {
    const previous = sorted[i - 1];
    if (previous === undefined || compareScripts(previous, script) !== 0) return [];
    const duplicated = script.version === null ? 'description' : 'version';
    return [`${previous.file} and ${script.file} have the same ${duplicated}: rename one.`];
  });
}
