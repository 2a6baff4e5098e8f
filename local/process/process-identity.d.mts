/** A process that no other can be taken for: numbers are used again, a number with its start is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** The living process of that number; undefined when there is none, or only a zombie that nobody has collected. */
export function findProcess(pid: number): ProcessIdentity | undefined;

/** Whether this very process is alive. */
export function isSameProcess(identity: ProcessIdentity): boolean;

/** What `findProcess` gave, read back from JSON; undefined for anything else. */
export function parseProcessIdentity(text: string): ProcessIdentity | undefined;
