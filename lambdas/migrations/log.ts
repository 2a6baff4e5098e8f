/** What a migrator has to say while it works. Names of scripts, seconds, milliseconds: no data of anybody. */
export type MigrationLog = (event: MigrationEvent, details: Readonly<Record<string, string | number>>) => void;

export type MigrationEvent = 'waiting_for_lock' | 'database_is_newer' | 'script_applied' | 'cleanup_failed';
