const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const isUnit = (text: string | undefined): text is keyof typeof UNIT_MS => text !== undefined && text in UNIT_MS;

/**
 * Returns the interval of a schedule such as `rate(5 minutes)`, in milliseconds.
 *
 * @throws for `cron(…)` and `at(…)`, which have no fixed interval and are not supported locally
 */
export function parseIntervalMs(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression.trim()) ?? [];
  if (Number(count) > 0 && isUnit(unit)) return Number(count) * UNIT_MS[unit];
  throw new Error(
    `The schedule ${expression} cannot be run locally: use rate(n minutes), rate(n hours) or rate(n days).`,
  );
}
