import * as z from 'zod';
import { currency, email, name, specialization, text } from './fields.ts';
import { phone } from './phone.ts';

/** The body that adds a doctor. The doctor signs in with the email address. */
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
      .meta({ description: "In minor units of the clinic's currency." }),
    experienceYears: z.int().min(0).max(80).default(0),
  })
  .meta({ id: 'NewDoctor' });
export type NewDoctor = z.output<typeof newDoctor>;
