/**
 * Returns the statements of a script in lower case, single-spaced, without comments and with empty literals: enough to recognise
 * commands. They are never run; PostgreSQL receives the original text.
 */
export function splitStatements(sql: string): string[] {
  const stripped = sql.replaceAll(OPAQUE_TOKENS, (token) =>
    token.startsWith('--') || token.startsWith('/*') ? ' ' : "''",
  );
  const statements = stripped.split(';').map((statement) => statement.replaceAll(/\s+/g, ' ').trim().toLowerCase());
  return statements.filter((statement) => statement !== '');
}

// Comments, E'' strings, plain strings, quoted names and dollar-quoted bodies: semicolons inside them do not end a statement.
const OPAQUE_TOKENS = /--[^\r\n]*|\/\*.*?\*\/|\be'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|\$([a-z_]\w*)?\$.*?\$\1\$/gis;

// The commands that Flyway also runs outside a transaction. PostgreSQL refuses others (such as `reindex table concurrently`) in a
// transaction, so a script with one of them fails here and under Flyway, and changes nothing.
const NOT_IN_TRANSACTION = [
  /^(create|drop) (database|tablespace|subscription)\b/,
  /^(create|drop)( unique)? index concurrently\b/,
  /^reindex( verbose)? (schema|database|system)\b/,
  /^(alter system|vacuum)\b/,
];

/** Returns false if one of these statements cannot run in a transaction. */
export function canRunInTransaction(statements: readonly string[]): boolean {
  return !statements.some((statement) => NOT_IN_TRANSACTION.some((command) => command.test(statement)));
}

// `begin atomic` starts the body of a function, and `rollback to` returns to a savepoint: these do not control the transaction.
const TRANSACTION_CONTROL =
  /^(begin(?! atomic)|start transaction|commit|rollback(?!( work| transaction)? to)|abort|prepare transaction)\b/;

/** Returns why a script with these statements could be applied only in part, or without the migration lock. */
export function findStatementErrors(statements: readonly string[]): string[] {
  const errors: string[] = [];
  if (statements.length > 1 && !canRunInTransaction(statements))
    errors.push(
      'contains a command that cannot run in a transaction, and other statements: move that command to a script of its own',
    );
  if (statements.some((statement) => TRANSACTION_CONTROL.test(statement)))
    errors.push('begins or ends a transaction: remove that, each script already runs in one');
  if (statements.some((statement) => /^discard all\b/.test(statement)))
    errors.push('contains `discard all`, which would release the migration lock: remove that');
  return errors;
}
