import { newWorkingHours } from '@medbook/contract/schedule';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MINUTES_A_DAY = 24 * 60;
const toClockTime = (minutes: number) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
const minute = fc.integer({ min: 0, max: MINUTES_A_DAY });
const window = fc.record({ weekday: fc.integer({ min: 1, max: 7 }), from: minute, to: minute });

describe('working hours', () => {
  it('are valid exactly when every window ends after it starts and no minute of the week is covered twice', () => {
    fc.assert(
      fc.property(fc.array(window, { maxLength: 8 }), (windows) => {
        const covered = windows.flatMap(({ weekday, from, to }) =>
          Array.from({ length: Math.max(to - from, 0) }, (_, i) => weekday * MINUTES_A_DAY + from + i),
        );
        const isValid = windows.every(({ from, to }) => from < to) && new Set(covered).size === covered.length;
        const hours = windows.map(({ weekday, from, to }) => ({
          weekday,
          start: toClockTime(from),
          end: toClockTime(to),
        }));
        expect(newWorkingHours.safeParse({ hours }).success).toBe(isValid);
      }),
    );
  });
});
