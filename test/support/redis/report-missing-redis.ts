/**
 * Without Redis, the tests that need it are skipped. In CI that is an error, because tests that never run prove nothing.
 * @throws if `CI` is set
 */
export function reportMissingRedis(reason: string): void {
  if (process.env.CI) throw new Error(`CI is set, so no test may be skipped: ${reason}`);
  // Past Vitest, which hides what skipped tests log.
  process.stderr.write(`The tests that need Redis are skipped: ${reason}\n`);
}
