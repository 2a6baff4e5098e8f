/**
 * The statements of a script in lower case, single-spaced, without comments and with empty literals: enough to see
 * which commands they are. A script is never run from this; PostgreSQL gets its text as it stands.
 */
export function splitStatements(sql: string): string[] {
  const bare = sql.replaceAll(OPAQUE, (token) => (token.startsWith('--') || token.startsWith('/*') ? ' ' : "''"));
  const statements = bare.split(';').map((statement) => statement.replaceAll(/\s+/g, ' ').trim().toLowerCase());
  return statements.filter((statement) => statement !== '');
}

// Comments, E'' strings, plain strings, quoted names, dollar-quoted bodies: where a semicolon ends nothing.
const OPAQUE = /--[^\r\n]*|\/\*.*?\*\/|\be'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|\$([a-z_]\w*)?\$.*?\$\1\$/gis;

// The commands that Flyway, too, takes out of a transaction by itself. PostgreSQL refuses the other ones (such as
// `reindex table concurrently`) in a transaction, so a script with one of those fails under both and leaves nothing.
const NOT_IN_TRANSACTION = [
  /^(create|drop) (database|tablespace|subscription)\b/,
  /^(create|drop)( unique)? index concurrently\b/,
  /^reindex( verbose)? (schema|database|system)\b/,
  /^(alter system|vacuum)\b/,
];

/** False if one of these statements refuses to run in a transaction. */
export function canRunInTransaction(statements: readonly string[]): boolean {
  return !statements.some((statement) => NOT_IN_TRANSACTION.some((command) => command.test(statement)));
}

// `begin atomic` opens the body of a function, `rollback to` ends at a savepoint: neither ends the transaction.
const ENDS_TRANSACTION =
  /^(begin(?! atomic)|start transaction|commit|rollback(?!( work| transaction)? to)|abort|prepare transaction)\b/;

/** Why a script with these statements cannot be applied whole, once, or not at all. */
export function faultsOfStatements(statements: readonly string[]): string[] {
  const faults: string[] = [];
  if (statements.length > 1 && !canRunInTransaction(statements))
    faults.push('holds a command that cannot run in a transaction, and others: give that command a script of its own');
  if (statements.some((statement) => ENDS_TRANSACTION.test(statement)))
    faults.push('begins or ends a transaction: leave that out, each script is one');
  if (statements.some((statement) => /^discard all\b/.test(statement)))
    faults.push('holds `discard all`, which would give up the lock that keeps other migrators out: leave that out');
  return faults;
}
