import * as z from 'zod';
import { appointment } from './appointment.ts';
import { capacity, id, localDate, slotMinutes, utcInstant } from './fields.ts';
import { schedulePlan } from './schedule-exception.ts';

const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected a local time, like 09:00 (24:00 ends the day)')
  .meta({ example: '09:00' });

const hours = {
  weekday: z.int().min(1).max(7).meta({ description: 'ISO: 1 is Monday, 7 is Sunday.' }),
  start: localTime,
  end: localTime,
};

/** Weekly working hours in the clinic's time zone, from `validFrom` (default: today) until before `validTo` (default: no end). */
export const newWorkingHours = z
  .strictObject({
    hours: z
      .array(
        z.strictObject({
          ...hours,
          capacity: capacity.default(1),
          everyWeeks: z.int().min(1).max(52).default(1).meta({ description: 'Only in every n-th ISO week.' }),
          anchor: localDate
            .optional()
            .meta({ description: 'A day of a week in which the hours are valid. Default: validFrom.' }),
        }),
      )
      .max(70)
      .superRefine(checkHours),
    validFrom: localDate.optional(),
    validTo: localDate.optional(),
    slotMinutes: slotMinutes
      .optional()
      .meta({ description: "A slot length of this doctor, instead of the clinic's. Default: unchanged." }),
  })
  .meta({ id: 'NewWorkingHours' });
export type NewWorkingHours = z.input<typeof newWorkingHours>;

const workingHours = z
  .object({
    ...hours,
    capacity: z.int(),
    everyWeeks: z.int(),
    anchor: z.string(),
    validFrom: z.string(),
    validTo: z.string().nullable(),
  })
  .meta({ id: 'WorkingHours' });

/** The working hours of a doctor in a response. */
export const workingHoursList = z.object({ hours: z.array(workingHours) });
export type WorkingHoursList = z.output<typeof workingHoursList>;

/** The result of a change of working hours. */
export const workingHoursChange = workingHoursList.extend(schedulePlan.shape);
export type WorkingHoursChange = z.output<typeof workingHoursChange>;

/** A slot of a doctor with its appointment, if any. */
export const scheduleEntry = z
  .object({
    slotId: id,
    startTime: utcInstant,
    endTime: utcInstant,
    seat: z.int(),
    status: z.enum(['free', 'held', 'booked', 'blocked', 'holiday']),
    appointment: appointment
      .pick({ id: true, reference: true, status: true, type: true })
      .extend({ reason: z.string().optional(), patient: z.object({ id, name: z.string() }) })
      .optional(),
  })
  .meta({ id: 'ScheduleEntry' });
export type ScheduleEntry = z.output<typeof scheduleEntry>;

interface Window {
  readonly weekday: number;
  readonly start: string;
  readonly end: string;
  readonly everyWeeks: number;
  readonly anchor?: string | undefined;
}

const WEEK_MILLISECONDS = 7 * 86_400_000;
// The ISO weeks since that of Monday, 1970-01-05.
const toWeek = (day: string) => Math.floor((Date.parse(day) - Date.parse('1970-01-05')) / WEEK_MILLISECONDS);
const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** Whether two windows are valid in a common week. Without an anchor of each, they may be. */
function shareWeek(one: Window, other: Window): boolean {
  if (!one.anchor || !other.anchor) return true;
  const distance = toWeek(one.anchor) - toWeek(other.anchor);
  return distance % greatestCommonDivisor(one.everyWeeks, other.everyWeeks) === 0;
}

function checkHours(windows: readonly Window[], context: z.RefinementCtx): void {
  for (const [index, window] of windows.entries()) {
    const { start, end } = window;
    if (start >= end) context.addIssue({ code: 'custom', path: [index, 'end'], message: 'must be after `start`' });
    const overlapping = windows.findIndex(
      (other) => other.weekday === window.weekday && other.start < end && start < other.end && shareWeek(window, other),
    );
    if (overlapping !== -1 && overlapping < index) {
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `overlaps with hours.${overlapping} on the same weekday`,
      });
    }
  }
}
