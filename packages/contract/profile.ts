import * as z from 'zod';
import { id, name } from './fields.ts';
import { language } from './language.ts';
import { phone } from './phone.ts';

const person = { id, name: z.string(), email: z.string().nullable(), phone: z.string().nullable() };

/** The profile of the signed-in user. */
export const profile = z
  .discriminatedUnion('role', [
    z.object({
      ...person,
      role: z.literal('patient'),
      language,
      notifications: z.object({ email: z.boolean(), sms: z.boolean(), reminders: z.boolean() }),
    }),
    z.object({
      ...person,
      role: z.literal('doctor'),
      clinicId: id,
      specialization: z.string(),
      bio: z.string().nullable(),
    }),
  ])
  .meta({ id: 'Profile' });
export type Profile = z.output<typeof profile>;

/** The fields of a profile to change; `phone: null` removes the number. The email address is changed in Cognito. */
export const profileChanges = z
  .strictObject({
    name: name.optional(),
    phone: phone.nullable().optional(),
    language: language.optional(),
    notifications: z
      .strictObject({ email: z.boolean().optional(), sms: z.boolean().optional(), reminders: z.boolean().optional() })
      .optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'expected at least one of name, phone, language, notifications')
  .meta({ id: 'ProfileChanges' });
export type ProfileChanges = z.output<typeof profileChanges>;
