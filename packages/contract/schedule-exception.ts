import * as z from 'zod';
import { appointment } from './appointment.ts';
import { capacity, id, instant, localDate, text, utcInstant } from './fields.ts';

const boundary = z
  .union([localDate, instant.transform((time) => time.toISOString())], {
    error: 'expected an RFC 3339 time with an offset, like 2030-01-31T09:00:00Z, or a date, like 2030-01-31',
  })
  .meta({ example: '2030-12-25' });

const EXCEPTION_TYPES = ['holiday', 'blocked', 'extra_hours'] as const;

/** A dated change of working hours, from `from` until before `to`: two instants, or two dates of the clinic for whole days. */
export const newScheduleException = z
  .strictObject({
    type: z.enum(EXCEPTION_TYPES),
    from: boundary,
    to: boundary,
    reason: text(500).optional().meta({ description: 'For staff only.' }),
    capacity: capacity.optional().meta({ description: 'Of extra hours: the seats of each time. Default: 1.' }),
  })
  .superRefine(({ type, from, to, capacity }, context) => {
    const addError = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (from.length !== to.length) addError('to', 'expected a date if `from` is a date, else a time');
    else if (from >= to) addError('to', 'must be after `from`');
    if (capacity !== undefined && type !== 'extra_hours') addError('capacity', 'allowed only for extra_hours');
  })
  .meta({ id: 'NewScheduleException' });
export type NewScheduleException = z.output<typeof newScheduleException>;

/** An exception in a response. Without `doctorId` it is of all doctors of the clinic; `seat` is that of a single blocked slot. */
export const scheduleException = z
  .object({
    id,
    clinicId: id,
    doctorId: id.optional(),
    type: z.enum(EXCEPTION_TYPES),
    from: z.string().meta({ description: 'A date of the clinic or a UTC time.' }),
    to: z.string(),
    seat: z.int().optional(),
    capacity: z.int().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'ScheduleException' });
export type ScheduleException = z.output<typeof scheduleException>;

/** What a change of a schedule does. `conflicts` are the appointments that no longer fit; they stay booked until they are moved or cancelled. */
export const schedulePlan = z.object({
  slotsCreated: z.int().meta({ description: 'Slots that are offered since.' }),
  slotsWithdrawn: z.int().meta({ description: 'Slots that are no longer offered.' }),
  slotsClosed: z.int().meta({ description: 'Slots that are blocked or on a holiday since.' }),
  conflicts: z.array(appointment),
});

/** The result of adding or removing an exception. */
export const scheduleExceptionChange = schedulePlan.extend({ exception: scheduleException });
export type ScheduleExceptionChange = z.output<typeof scheduleExceptionChange>;

/** The new status of a single slot. */
export const slotStatus = z.strictObject({ status: z.enum(['blocked', 'free']) }).meta({ id: 'SlotStatus' });

/** The result of blocking a single slot, or of offering it again. */
export const slotStatusChange = schedulePlan.extend({
  slot: z.object({
    id,
    doctorId: id,
    startTime: utcInstant,
    endTime: utcInstant,
    seat: z.int(),
    status: z.enum(['free', 'held', 'booked', 'blocked', 'holiday', 'withdrawn']),
  }),
});
export type SlotStatusChange = z.output<typeof slotStatusChange>;

/** An appointment at a time at which its doctor no longer works, and the times to which it could be moved now. */
export const scheduleConflict = z
  .object({
    id,
    openedAt: utcInstant,
    appointment,
    patient: z.object({ id, name: z.string() }),
    alternatives: z.array(
      z.object({ startTime: utcInstant, endTime: utcInstant, doctor: z.object({ id, name: z.string() }) }),
    ),
  })
  .meta({ id: 'ScheduleConflict' });
export type ScheduleConflict = z.output<typeof scheduleConflict>;

/** The query field of a change of a schedule: `true` returns what would happen, and changes nothing. */
export const dryRun = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});
