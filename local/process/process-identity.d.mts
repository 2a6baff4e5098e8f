/** Identifies a process uniquely: the system reuses process ids, but not with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** Returns the running process with that id; undefined when there is none or only a zombie. */
export function findProcess(pid: number): ProcessIdentity | undefined;

/** Whether exactly this process is still running. */
export function isSameProcess(identity: ProcessIdentity): boolean;

/** Parses the JSON of a `ProcessIdentity`; returns undefined for any other text. */
export function parseProcessIdentity(text: string): ProcessIdentity | undefined;
