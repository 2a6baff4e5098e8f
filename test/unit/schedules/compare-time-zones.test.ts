import { expect, it } from 'vitest';
import { findTimeZoneDifferences } from '../../../lambdas/schedules/compare-time-zones.ts';

const createPeriod = (timeZone: string, start: string, end: string, offsetMinutes: number) => ({
  timeZone,
  startTime: new Date(start),
  endTime: new Date(end),
  offsetMinutes,
});
/** The end of summer time is on 2026-10-25 at 01:00 UTC. */
const createLisbonPeriods = (change: string) => [
  createPeriod('Europe/Lisbon', '2026-10-20T00:00:00Z', change, 60),
  createPeriod('Europe/Lisbon', change, '2026-11-20T00:00:00Z', 0),
];

it('the same offsets are no difference', () => {
  const kathmandu = createPeriod('Asia/Kathmandu', '2026-10-20T00:00:00Z', '2027-10-20T00:00:00Z', 345);
  expect(findTimeZoneDifferences([...createLisbonPeriods('2026-10-25T01:00:00Z'), kathmandu])).toEqual([]);
});

it.each([
  ['2026-10-25T00:00:00Z', '2026-10-25T00:00:00Z', 0, 60],
  ['2026-10-25T02:00:00Z', '2026-10-25T01:00:00Z', 60, 0],
  ['2026-11-01T01:00:00Z', '2026-10-25T01:00:00Z', 60, 0],
])(
  'a change of the clocks at %s instead of 01:00 is one, from %s',
  (change, hour, databaseMinutes, functionMinutes) => {
    expect(findTimeZoneDifferences(createLisbonPeriods(change))).toEqual([
      { timeZone: 'Europe/Lisbon', hour: new Date(hour), databaseMinutes, functionMinutes },
    ]);
  },
);

it('reports each time zone once, with its first difference', () => {
  const periods = ['2026-06-01', '2026-07-01'].map((day) =>
    createPeriod('America/New_York', `${day}T00:00:00Z`, `${day}T02:00:00Z`, -300),
  );
  const differences = findTimeZoneDifferences([
    ...periods,
    createPeriod('Europe/Lisbon', '2026-06-01T00:00:00Z', '2026-06-01T02:00:00Z', 0),
  ]);
  expect(differences.map(({ timeZone, hour }) => [timeZone, hour.toISOString()])).toEqual([
    ['America/New_York', '2026-06-01T00:00:00.000Z'],
    ['Europe/Lisbon', '2026-06-01T00:00:00.000Z'],
  ]);
});

it('a time zone that Node.js does not know is a difference', () => {
  const periods = [createPeriod('Europe/Atlantis', '2026-06-01T00:00:00Z', '2026-06-01T01:00:00Z', 60)];
  expect(findTimeZoneDifferences(periods)).toMatchObject([
    { timeZone: 'Europe/Atlantis', functionMinutes: Number.NaN },
  ]);
});
