import { Signer } from '@aws-sdk/rds-signer';
import pg from 'pg';
import { createCircuit } from './circuit-breaker.ts';
import { DatabaseUnavailableError, type Db } from './sql.ts';
import { getStatementName } from './statement-name.ts';
import { noTrace, type Trace } from './trace.ts';

/** The address of the database and the user to sign in as, from the environment of a function. */
export interface DatabaseAddress {
  readonly DB_HOST: string;
  readonly DB_PORT: number;
  readonly DB_NAME: string;
  readonly DB_USER: string;
  readonly DB_PAUSES: boolean;
}

/** The options of `connectDatabase`. */
export interface DatabaseOptions {
  /**
   * Ends the wait for a server that does not respond: one second more than the role's statement_timeout. Together with the time to
   * connect, and a second for a repeated statement, it is within the function's timeout.
   */
  readonly queryTimeoutSeconds: number;
  /** @default 3 */
  readonly connectTimeoutSeconds?: number;
  /** Milliseconds since any fixed point in time. @default - `performance.now` */
  readonly clock?: () => number;
  /** @default - statements are not traced */
  readonly trace?: Trace;
}

// A `date` is a day, not an instant: pg would read it in the process's own time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/**
 * Returns the function's single connection, which is opened on first use and kept for the lifetime of the instance. It uses TLS, and each
 * new connection gets a fresh IAM token as its password (a token is valid for 15 minutes, a connection for as long as RDS Proxy keeps it).
 *
 * A statement that fails at once because the connection broke is repeated once on a new connection. Therefore every statement that
 * changes data must be safe to repeat: see `p_request_id` and `p_appointment_id` of the SQL functions.
 *
 * Its `query` throws {@link DatabaseUnavailableError} if the database cannot be reached or does not respond in time. After a connection has
 * failed it does so at once for a moment, so that requests do not wait, and use up the function's concurrency, while the database is down.
 */
export function connectDatabase(
  address: DatabaseAddress,
  { queryTimeoutSeconds, connectTimeoutSeconds = 3, clock = () => performance.now(), trace = noTrace }: DatabaseOptions,
): Db {
  const signer = new Signer({ hostname: address.DB_HOST, port: address.DB_PORT, username: address.DB_USER });
  const pool = new pg.Pool({
    host: address.DB_HOST,
    port: address.DB_PORT,
    database: address.DB_NAME,
    user: address.DB_USER,
    password: () => signer.getAuthToken(),
    ssl: true,
    max: 1,
    connectionTimeoutMillis: connectTimeoutSeconds * 1_000,
    query_timeout: queryTimeoutSeconds * 1_000,
    idleTimeoutMillis: 0,
    keepAlive: true,
  });
  // Without listeners, the error event of a broken connection would end the process. If the connection is in use, its statement fails
  // too; an idle connection is dropped by the pool.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  const circuit = createCircuit(clock, MAX_PAUSE_MILLISECONDS);
  let lastFailure: DatabaseUnavailableError | undefined;
  let lastTurn: Promise<unknown> = Promise.resolve();

  return {
    query: (text, values) =>
      inTurn(() =>
        trace(getStatementName(text), () =>
          guard(() =>
            retryOnce(clock, async () =>
              withConnection(await connect(), (client) => client.query(text, values?.slice())),
            ),
          ),
        ),
      ),
  };

  /** Fails at once while the circuit is open. A proxy accepts connections and statements while the database behind it is down. */
  async function guard<T>(run: () => Promise<T>): Promise<T> {
    if (circuit.isOpen() && lastFailure) throw lastFailure;
    try {
      const result = await run();
      circuit.recordSuccess();
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailableError && !isStatementTimeout(error.cause)) {
        circuit.recordFailure();
        lastFailure = error;
      }
      throw error;
    }
  }

  /** Runs one statement after the other. The pool would count the wait for the connection as a failure to connect. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(run);
    lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async function connect(): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new DatabaseUnavailableError(error, { isStarting: address.DB_PAUSES && isConnectTimeout(error) });
    }
  }
}

/** How soon after its start a statement must fail to be repeated, so that both attempts are within the function's timeout. */
const REPEAT_WITHIN_MILLISECONDS = 750;
/** The longest time without an attempt to connect. */
const MAX_PAUSE_MILLISECONDS = 2_000;

async function withConnection<T>(client: pg.PoolClient, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  let isBroken = false;
  try {
    return await work(client);
  } catch (error) {
    isBroken = isUnavailable(error);
    throw isBroken ? new DatabaseUnavailableError(error) : error;
  } finally {
    client.release(isBroken);
  }
}

async function retryOnce<T>(clock: () => number, run: () => Promise<T>): Promise<T> {
  const startedAt = clock();
  try {
    return await run();
  } catch (error) {
    // A statement that timed out would time out again.
    const isRepeatable = error instanceof DatabaseUnavailableError && isConnectionLost(error.cause);
    if (isRepeatable && clock() - startedAt < REPEAT_WITHIN_MILLISECONDS) return run();
    throw error;
  }
}

const isUnavailable = (error: unknown): boolean => isConnectionLost(error) || isTimeout(error);

// https://www.postgresql.org/docs/17/errcodes-appendix.html: connection exceptions, insufficient resources, server shutdown.
const CONNECTION_LOST_SQLSTATES = /^(08...|53...|57P0.)$/;
const CONNECTION_LOST_ERRNOS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
];
// node-postgres sets no code on these errors.
const CONNECTION_LOST_MESSAGES = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

/** RDS Proxy found no connection to the database in time. AWS documents no code for it. */
const PROXY_TIMEOUT_MESSAGE = /timed[- ]out waiting to acquire database connection/i;

function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  if (error instanceof pg.DatabaseError)
    return CONNECTION_LOST_SQLSTATES.test(error.code ?? '') || PROXY_TIMEOUT_MESSAGE.test(error.message);
  if (!(error instanceof Error)) return false;
  return (
    CONNECTION_LOST_ERRNOS.includes('code' in error ? String(error.code) : '') ||
    CONNECTION_LOST_MESSAGES.test(error.message)
  );
}

// node-postgres: 'timeout exceeded when trying to connect' or 'Connection terminated due to connection timeout'.
const isConnectTimeout = (error: unknown): boolean => error instanceof Error && /timeout/i.test(error.message);

const TIMEOUT_SQLSTATES = ['57014', '55P03'];

function isTimeout(error: unknown): boolean {
  return isStatementTimeout(error) || (error instanceof Error && error.message === 'Query read timeout');
}

/** Returns whether the database itself ended a statement, because it took too long or waited too long for a lock. */
function isStatementTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && TIMEOUT_SQLSTATES.includes(error.code ?? '');
}

/** Runs `work` on a connection of its own and closes it afterwards: for jobs that cannot use `connectDatabase`. */
export async function withClient<T>(options: pg.ClientConfig, work: (client: Db) => Promise<T>): Promise<T> {
  const client = new pg.Client(options);
  // If the connection is lost between two statements, the next statement fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
