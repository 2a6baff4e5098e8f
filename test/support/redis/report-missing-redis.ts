/**
 * Reports that the tests that need Redis are skipped. In CI that is an error, because skipped tests prove nothing.
 * @throws if `CI` is set
 */
export function reportMissingRedis(reason: string): void {
  if (process.env.CI) throw new Error(`CI is set, so no test may be skipped: ${reason}`);
  // Not through Vitest, which hides the logs of skipped tests.
  process.stderr.write(`The tests that need Redis are skipped: ${reason}\n`);
}
