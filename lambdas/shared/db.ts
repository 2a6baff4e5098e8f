import { Signer } from '@aws-sdk/rds-signer';
import pg from 'pg';
import { DatabaseUnavailable, type Db } from './sql.ts';
import { statementName } from './statement-name.ts';
import { type Trace, untraced } from './trace.ts';

/** Where the database is and as whom to sign in: the part of a function's environment that says so. */
export interface DatabaseAddress {
  readonly DB_HOST: string;
  readonly DB_PORT: string;
  readonly DB_NAME: string;
  readonly DB_USER: string;
}

export interface ConnectOptions {
  /** For a server that does not answer at all: a second more than the role's statement_timeout, and less than the function has left then. */
  readonly queryTimeoutSeconds: number;
  /** @default - nobody is told of the statements */
  readonly trace?: Trace;
}

// A `date` is a day, not an instant: pg would read it in the process's own time zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (day) => day);

/**
 * The function's one connection, made when first needed and kept while the instance lives: TLS, and a fresh IAM token as the
 * password of each new connection (a token lives for 15 minutes, a connection for as long as RDS Proxy lets it).
 *
 * A statement that fails because the connection broke is run once more on a new one. Therefore every statement that changes
 * something must be safe to repeat: see `p_request_id` and `p_appointment_id` of the SQL functions.
 */
export function connectDatabase(
  address: DatabaseAddress,
  { queryTimeoutSeconds, trace = untraced }: ConnectOptions,
): Db {
  const signer = new Signer({ hostname: address.DB_HOST, port: Number(address.DB_PORT), username: address.DB_USER });
  const pool = new pg.Pool({
    host: address.DB_HOST,
    port: Number(address.DB_PORT),
    database: address.DB_NAME,
    user: address.DB_USER,
    password: () => signer.getAuthToken(),
    ssl: true,
    max: 1,
    connectionTimeoutMillis: 3_000,
    query_timeout: queryTimeoutSeconds * 1_000,
    idleTimeoutMillis: 0,
    keepAlive: true,
  });
  // A connection that breaks tells its listeners, and ends the process if there is none. In use, its statement fails too; idle, the pool
  // drops it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return {
    query: (text, values) =>
      trace(statementName(text), () =>
        repeatOnce(() => withConnection(pool, (client) => client.query(text, values?.slice()))),
      ),
  };
}

async function withConnection<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
  });
  let broken = false;
  try {
    return await use(client);
  } catch (error) {
    broken = isUnavailable(error);
    throw broken ? new DatabaseUnavailable(error) : error;
  } finally {
    client.release(broken);
  }
}

async function repeatOnce<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    // A statement that was too slow would be too slow again.
    if (error instanceof DatabaseUnavailable && isConnectionLost(error.cause)) return run();
    throw error;
  }
}

const isUnavailable = (error: unknown): boolean => isConnectionLost(error) || isTimeout(error);

// https://www.postgresql.org/docs/17/errcodes-appendix.html: connection exceptions, too few resources, the server going down.
const LOST_CODES = /^(08...|53...|57P0.)$/;
const LOST_SOCKETS = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'];
// node-postgres gives these errors no code.
const LOST_CLIENTS = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  if (error instanceof pg.DatabaseError) return LOST_CODES.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return LOST_SOCKETS.includes('code' in error ? String(error.code) : '') || LOST_CLIENTS.test(error.message);
}

const TIMEOUT_CODES = ['57014', '55P03'];

function isTimeout(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return TIMEOUT_CODES.includes(error.code ?? '');
  return error instanceof Error && error.message === 'Query read timeout';
}

/** A connection for one piece of work, closed after it: what a job needs that is not served by the one connection above. */
export async function withClient<T>(options: pg.ClientConfig, work: (client: Db) => Promise<T>): Promise<T> {
  const client = new pg.Client(options);
  // A connection that is lost between two statements is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
