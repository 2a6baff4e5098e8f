import * as z from 'zod';
import { email, id, money, text } from '../shared/http/fields.ts';

export const specialization = text(100).meta({ example: 'Cardiology' });

const profile = {
  id,
  clinicId: id,
  name: z.string(),
  specialization: z.string(),
  bio: z.string().nullable(),
  fee: money,
  experienceYears: z.int(),
};

/** A doctor as everybody sees them: no e-mail address, no phone number. */
export const publicDoctor = z.object(profile).meta({ id: 'Doctor' });
export type PublicDoctor = z.output<typeof publicDoctor>;

/** A doctor as the admin who adds them sees them. */
export const addedDoctor = z.object({ ...profile, email, phone: z.string().nullable() }).meta({ id: 'AddedDoctor' });
