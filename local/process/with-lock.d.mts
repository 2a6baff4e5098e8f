/**
 * Takes the lock file for this process. Waits while a living process holds it, after telling `onWait` which, unless that
 * throws; takes over what a killed one left. Answers what gives the lock back.
 */
export function takeLock(path: string, onWait: (pid: number) => void): Promise<() => void>;
