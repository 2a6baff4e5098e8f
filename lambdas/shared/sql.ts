/** A connection that runs statements, or a transaction on one. */
export interface Db {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[] }>;
}

/** Returns the row of a statement that always returns one. Throws if there is none. */
export function singleRow<Row>({ rows }: { readonly rows: readonly Row[] }): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('The statement returned no row.');
  return row;
}

/** The database cannot be reached or does not respond in time. A retry may succeed. */
export class DatabaseUnavailableError extends Error {
  /** Whether it was paused and is starting. */
  readonly isStarting: boolean;

  constructor(cause: unknown, { isStarting = false } = {}) {
    super('The database cannot be reached.', { cause });
    this.name = 'DatabaseUnavailableError';
    this.isStarting = isStarting;
  }
}
