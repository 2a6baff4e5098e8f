/**
 * The event with which a schedule invokes a function once a day, so that Lambda does not deactivate it: the first call of a function
 * that was idle for weeks fails. The function returns at once, without a connection to the database, which may be paused.
 */
export const KEEP_ALIVE_EVENT = { source: 'medbook.keep-alive' } as const;

/** Whether an event is `KEEP_ALIVE_EVENT`. */
export function isKeepAlive(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'source' in event && event.source === KEEP_ALIVE_EVENT.source;
}
