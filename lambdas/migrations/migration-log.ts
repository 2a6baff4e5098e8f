/** Logs an event of a migration. The details contain script names and durations, but no data. */
export type MigrationLog = (event: MigrationEvent, details: Readonly<Record<string, string | number>>) => void;

/** The events that a migration logs. */
export type MigrationEvent =
  | 'waiting_for_lock'
  | 'database_is_newer'
  | 'script_applied'
  | 'scripts_not_restored'
  | 'cleanup_failed';
