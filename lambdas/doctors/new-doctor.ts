import * as z from 'zod';
import { currency, email, name, text } from '../shared/http/fields.ts';
import { phone } from '../shared/http/phone.ts';
import { specialization } from './doctor.ts';

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
