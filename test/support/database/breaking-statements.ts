import { splitStatements } from '../../../lambdas/migrations/statements.ts';

/**
 * The statements of a script that the release before it may not survive: it runs until the new one has taken over, and again
 * after a rollback. One is let through by a line `-- medbook:contract <reason>` before it, which says why nothing needs it any more.
 * What a script changes on a table that it makes itself harms nobody.
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
  // `drop not null` widens; all else that an `alter` drops was relied on: columns (with or without the word), constraints, defaults.
  /^alter .*\bdrop (?!not null\b)/,
  /^alter .*\brename\b/,
  /^alter .*\bset schema\b/,
  /^alter .*\balter (column )?\S+ (set data )?type\b/,
  /^alter .*\bset not null\b/,
  /^alter table .*\badd (column )?(if not exists )?(?!constraint\b)\w+ (?=[^,]*\bnot null\b)(?![^,]*\b(default|generated)\b)/,
  /^alter table .*\badd (constraint \w+ )?(check|unique|exclude|foreign key|primary key)\b/,
  /^revoke\b(?!.* from public$)/,
];
