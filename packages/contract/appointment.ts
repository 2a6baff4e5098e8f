import * as z from 'zod';
import { id, instant, slotCount, specialization, text, utcInstant } from './fields.ts';

/** The statuses of an appointment. `pending` is a hold. */
export const APPOINTMENT_STATUSES = ['pending', 'booked', 'cancelled', 'completed', 'no_show', 'expired'] as const;
/** The status of an appointment. */
export const appointmentStatus = z.enum(APPOINTMENT_STATUSES);

/** An appointment in a response. `appointment_json()` in the migrations builds it. */
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
    slotIds: z
      .array(id)
      .meta({ description: 'The slots that the appointment occupies; empty once it is cancelled or expired.' }),
    expiresAt: utcInstant.optional(),
    version: z.int(),
  })
  .meta({ id: 'Appointment' });
export type Appointment = z.output<typeof appointment>;

/** The body of a booking: a time at a clinic, with any doctor or a given one, or a given slot. */
export const newAppointment = z
  .strictObject({
    clinicId: id.optional(),
    startTime: instant.optional(),
    slotId: id
      .optional()
      .meta({ description: 'A given slot, instead of clinicId, startTime, doctorId and specialization.' }),
    doctorId: id.optional(),
    specialization: specialization.optional(),
    slots: slotCount.default(1).meta({ description: 'The number of consecutive slots of one doctor.' }),
    type: z.enum(['in_person', 'video']).default('in_person'),
    reason: text(1000).optional(),
    hold: z.boolean().default(false).meta({
      description: 'Only hold the time. Confirm it before `expiresAt`, or it becomes free again.',
    }),
    patientId: id.optional().meta({ description: 'Required for staff: the patient of the appointment.' }),
  })
  .superRefine((body, context) => {
    const required = body.slotId
      ? []
      : (['clinicId', 'startTime'] as const).filter((field) => body[field] === undefined);
    for (const field of required) {
      context.addIssue({ code: 'custom', path: [field], message: 'required without slotId' });
    }
    if (!body.slotId) return;
    for (const field of ['clinicId', 'startTime', 'doctorId', 'specialization'] as const) {
      if (body[field] !== undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'not allowed together with slotId' });
    }
  })
  .meta({ id: 'NewAppointment' });
export type NewAppointment = z.output<typeof newAppointment>;

/** The body of a cancellation. */
export const cancellation = z
  .strictObject({ reason: text(1000).optional() })
  .default({})
  .meta({ id: 'Cancellation' });

/** The target of a rescheduled appointment: a given slot, or a time with the same doctor, another one, or any of the specialization. */
export const rescheduling = z
  .strictObject({
    startTime: instant.optional(),
    slotId: id.optional().meta({ description: 'A given slot, instead of startTime and doctorId.' }),
    doctorId: id
      .optional()
      .meta({ description: 'Default: the same doctor if free, else any doctor of the same specialization.' }),
    reason: text(1000).optional().meta({ description: 'Required for staff after the cut-off.' }),
  })
  .superRefine((body, context) => {
    const addError = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (!body.slotId && !body.startTime) addError('startTime', 'required without slotId');
    if (body.slotId && body.startTime) addError('startTime', 'not allowed together with slotId');
    if (body.slotId && body.doctorId) addError('doctorId', 'not allowed together with slotId');
  })
  .meta({ id: 'Rescheduling' });

/** The body of a command without fields: nothing, or `{}`. */
export const emptyBody = z.strictObject({}).default({});

/** The request header that makes it safe to retry a command. */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
    .optional()
    .meta({
      description:
        'A retry with the same key and body gets the response of the first request. Keys are kept for 7 days.',
    }),
});
