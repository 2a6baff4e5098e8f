import { splitStatements } from '../../../lambdas/migrations/statements.ts';

/**
 * Lists the statements of a migration that can break the previous release, which runs until the deployment is complete and again
 * after a rollback. A preceding line `-- medbook:contract <reason>` permits a statement; it states why the object is no longer used.
 * Changes to a table that the same script creates are not breaking.
 */
export function listBreakingStatements(sql: string): string[] {
  const statements = splitStatements(sql.replaceAll(CONTRACT_MARKER, `;${MARKER_STATEMENT};`));
  const createdTables = new Set(statements.flatMap((statement) => CREATE_TABLE.exec(statement)?.[1] ?? []));
  return statements.filter(
    (statement, i) =>
      BREAKING_PATTERNS.some((pattern) => pattern.test(statement)) &&
      statements[i - 1] !== MARKER_STATEMENT &&
      !createdTables.has(ALTER_TABLE.exec(statement)?.[1] ?? ''),
  );
}

const CONTRACT_MARKER = /^--[ \t]*medbook:contract[ \t]+\S.*$/gim;
const MARKER_STATEMENT = 'medbook_contract';

const CREATE_TABLE = /^create table (?:if not exists )?([\w.]+)/;
const ALTER_TABLE = /^alter table (?:if exists )?(?:only )?([\w.]+)/;

const BREAKING_PATTERNS = [
  /^drop (?!(policy|rule|trigger) )/,
  /^truncate\b/,
  /^delete from\b/,
  // `drop not null` only widens. Everything else that an `alter` drops may be in use: columns (with or without the keyword), constraints, defaults.
  /^alter .*\bdrop (?!not null\b)/,
  /^alter .*\brename\b/,
  /^alter .*\bset schema\b/,
  /^alter .*\balter (column )?\S+ (set data )?type\b/,
  /^alter .*\bset not null\b/,
  /^alter table .*\badd (column )?(if not exists )?(?!constraint\b)\w+ (?=[^,]*\bnot null\b)(?![^,]*\b(default|generated)\b)/,
  /^alter table .*\badd (constraint \w+ )?(check|unique|exclude|foreign key|primary key)\b/,
  /^revoke\b(?!.* from public$)/,
];
