/** The caller of a command or a query, for the SQL functions, which find out who it is: a patient, doctor or admin. */
export interface Actor {
  readonly sub: string;
  readonly groups: readonly string[];
  /** Stored with the changes and the audit rows of the request. */
  readonly requestId: string;
}
