import * as z from 'zod';
import { appointment } from '../appointments/appointment.ts';
import { day, id, utcInstant } from '../shared/http/fields.ts';

const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected a local time, like 09:00 (24:00 ends the day)')
  .meta({ example: '09:00' });

const hours = {
  weekday: z.int().min(1).max(7).meta({ description: 'ISO: 1 is Monday, 7 is Sunday.' }),
  start: localTime,
  end: localTime,
};

/** A weekly template in the clinic's local time, from `validFrom` (today) until before `validTo` (for ever). */
export const newWorkingHours = z
  .strictObject({
    hours: z
      .array(z.strictObject({ ...hours, capacity: z.int().min(1).max(50).default(1) }))
      .max(70)
      .superRefine(checkHours),
    validFrom: day.optional(),
    validTo: day.optional(),
  })
  .meta({ id: 'NewWorkingHours' });
export type NewWorkingHours = z.output<typeof newWorkingHours>;

const workingHours = z
  .object({ ...hours, capacity: z.int(), validFrom: z.string(), validTo: z.string().nullable() })
  .meta({ id: 'WorkingHours' });

export const workingHoursList = z.object({ hours: z.array(workingHours) });
export type WorkingHoursList = z.output<typeof workingHoursList>;

/** What a change of the working hours did. `conflicts` stay booked until somebody settles them. */
export const workingHoursChange = workingHoursList.extend({
  slotsCreated: z.int(),
  slotsWithdrawn: z.int(),
  conflicts: z.array(appointment),
});
export type WorkingHoursChange = z.output<typeof workingHoursChange>;

/** A slot of a doctor's day, and who is in it. */
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

function checkHours(given: Hours, context: z.RefinementCtx): void {
  for (const [index, { weekday, start, end }] of given.entries()) {
    if (start >= end) context.addIssue({ code: 'custom', path: [index, 'end'], message: 'must be after `start`' });
    const overlapping = given.findIndex((other) => other.weekday === weekday && other.start < end && start < other.end);
    if (overlapping !== -1 && overlapping < index) {
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `overlaps with hours.${overlapping} on the same weekday`,
      });
    }
  }
}
