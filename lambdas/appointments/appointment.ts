import * as z from 'zod';
import { specialization } from '../doctors/doctor.ts';
import { id, instant, slotCount, text, utcInstant } from '../shared/http/fields.ts';

export const APPOINTMENT_STATUSES = ['pending', 'booked', 'cancelled', 'completed', 'no_show', 'expired'] as const;
export const appointmentStatus = z.enum(APPOINTMENT_STATUSES);

/** An appointment as the API answers it. It is made by appointment_json() in the database. */
export const appointment = z
  .object({
    id,
    reference: z.string().meta({ example: 'MB-3F7K2M9QXZ' }),
    status: appointmentStatus,
    clinic: z.object({ id, name: z.string(), timeZone: z.string() }),
    doctor: z.object({ id, name: z.string() }),
    startTime: utcInstant,
    endTime: utcInstant,
    type: z.enum(['in_person', 'video']),
    slots: z.int(),
    slotIds: z.array(id).meta({ description: 'The slots that it claims now: none once it is cancelled or expired.' }),
    expiresAt: utcInstant.optional(),
    version: z.int(),
  })
  .meta({ id: 'Appointment' });
export type Appointment = z.output<typeof appointment>;

/** What somebody asks for: a time at a clinic, with any doctor or a given one, or a given slot. */
export const newAppointment = z
  .strictObject({
    clinicId: id.optional(),
    startTime: instant.optional(),
    slotId: id
      .optional()
      .meta({ description: 'A given slot, instead of clinicId, startTime, doctorId and specialization.' }),
    doctorId: id.optional(),
    specialization: specialization.optional(),
    slots: slotCount.default(1).meta({ description: 'How many consecutive slots of one doctor.' }),
    type: z.enum(['in_person', 'video']).default('in_person'),
    reason: text(1000).optional(),
    hold: z.boolean().default(false).meta({
      description: 'Only holds the time: confirm it before `expiresAt`, or it is free again.',
    }),
    patientId: id.optional().meta({ description: 'For staff: the patient whom they book for.' }),
  })
  .superRefine((given, context) => {
    const expected = given.slotId
      ? []
      : (['clinicId', 'startTime'] as const).filter((field) => given[field] === undefined);
    for (const field of expected) {
      context.addIssue({ code: 'custom', path: [field], message: `expected, unless slotId is given` });
    }
    if (!given.slotId) return;
    for (const field of ['clinicId', 'startTime', 'doctorId', 'specialization'] as const) {
      if (given[field] !== undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'not together with slotId' });
    }
  })
  .meta({ id: 'NewAppointment' });
export type NewAppointment = z.output<typeof newAppointment>;

export const cancellation = z
  .strictObject({ reason: text(1000).optional() })
  .default({})
  .meta({ id: 'Cancellation' });

/** Where an appointment is to go: a given slot, or a time with its own doctor, another one, or whoever of the specialization is free. */
export const rescheduling = z
  .strictObject({
    startTime: instant.optional(),
    slotId: id.optional().meta({ description: 'A given slot, instead of startTime and doctorId.' }),
    doctorId: id
      .optional()
      .meta({ description: 'Without it: the same doctor if free, else anybody of the same specialization.' }),
    reason: text(1000).optional().meta({ description: 'For staff, who need one after the cut-off.' }),
  })
  .superRefine((given, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (!given.slotId && !given.startTime) refuse('startTime', 'expected, unless slotId is given');
    if (given.slotId && given.startTime) refuse('startTime', 'not together with slotId');
    if (given.slotId && given.doctorId) refuse('doctorId', 'not together with slotId');
  })
  .meta({ id: 'Rescheduling' });

/** The body of a command that needs none: nothing, or `{}`. */
export const nothing = z.strictObject({}).default({});

/** The header with which a command may be repeated safely. */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
    .optional()
    .meta({ description: 'Repeats of a command with the same key and body get the answer of the first.' }),
});
