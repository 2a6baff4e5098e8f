import * as z from 'zod';
import { email, id, money } from './fields.ts';
import { schedulePlan } from './schedule-exception.ts';

/** The public fields of a doctor. */
const publicFields = {
  id,
  clinicId: id,
  name: z.string(),
  specialization: z.string(),
  bio: z.string().nullable(),
  fee: money,
  experienceYears: z.int(),
};

/** A doctor in a public response: no email address, no phone number. */
export const publicDoctor = z.object(publicFields).meta({ id: 'Doctor' });
export type PublicDoctor = z.output<typeof publicDoctor>;

/** A doctor in the response to the admin who added them. */
export const addedDoctor = z
  .object({ ...publicFields, email, phone: z.string().nullable() })
  .meta({ id: 'AddedDoctor' });

/** The fields of a doctor that can be changed. */
export const doctorChange = z.strictObject({ active: z.boolean() }).meta({ id: 'DoctorChange' });

/** The result of deactivating or activating a doctor. */
export const changedDoctor = schedulePlan.extend({ doctor: z.object({ id, active: z.boolean() }) });
export type ChangedDoctor = z.output<typeof changedDoctor>;
