/**
 * Acquires the lock file for this process and returns a function that releases it. While a running process holds the lock,
 * calls `onWait` once with its id and waits, or rejects if `onWait` throws. Takes over the lock of a dead process.
 */
export function acquireLock(path: string, onWait: (pid: number) => void): Promise<() => void>;
