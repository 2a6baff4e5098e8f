import * as z from 'zod';
import { appointment } from './appointment.ts';
import { id, localDate, utcInstant } from './fields.ts';

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
      .array(z.strictObject({ ...hours, capacity: z.int().min(1).max(50).default(1) }))
      .max(70)
      .superRefine(checkHours),
    validFrom: localDate.optional(),
    validTo: localDate.optional(),
  })
  .meta({ id: 'NewWorkingHours' });
export type NewWorkingHours = z.output<typeof newWorkingHours>;

const workingHours = z
  .object({ ...hours, capacity: z.int(), validFrom: z.string(), validTo: z.string().nullable() })
  .meta({ id: 'WorkingHours' });

/** The working hours of a doctor in a response. */
export const workingHoursList = z.object({ hours: z.array(workingHours) });
export type WorkingHoursList = z.output<typeof workingHoursList>;

/** The result of a change of working hours. `conflicts` are appointments outside the new hours; they stay booked until staff resolve them. */
export const workingHoursChange = workingHoursList.extend({
  slotsCreated: z.int(),
  slotsWithdrawn: z.int(),
  conflicts: z.array(appointment),
});
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

type Hours = readonly { weekday: number; start: string; end: string }[];

function checkHours(windows: Hours, context: z.RefinementCtx): void {
  for (const [index, { weekday, start, end }] of windows.entries()) {
    if (start >= end) context.addIssue({ code: 'custom', path: [index, 'end'], message: 'must be after `start`' });
    const overlapping = windows.findIndex(
      (other) => other.weekday === weekday && other.start < end && start < other.end,
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
