import * as z from 'zod';
import { currency, email, id, money, name, phone, text } from '../shared/http/fields.ts';

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

/** What an admin says of a new doctor. The e-mail address is their sign-in. */
export const newDoctor = z
  .strictObject({
    name,
    email,
    phone: phone.optional(),
    specialization,
    bio: text(2000).optional(),
    fee: z
      .strictObject({ amount: z.int().min(0).max(100_000_000), currency })
      .optional()
      .meta({ description: "In minor units, in the clinic's currency." }),
    experienceYears: z.int().min(0).max(80).default(0),
  })
  .meta({ id: 'NewDoctor' });
export type NewDoctor = z.output<typeof newDoctor>;
