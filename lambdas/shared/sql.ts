/** What a statement is run on: a connection, or a transaction on one. */
export interface Db {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[] }>;
}

/** The row of a statement that always has one. */
export function oneRow<Row>({ rows }: { readonly rows: readonly Row[] }): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('The statement answered no row.');
  return row;
}

/** The database cannot be reached or does not answer in time: nobody's fault who asked, worth asking again. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('The database cannot be reached.', { cause });
    this.name = 'DatabaseUnavailable';
  }
}
