import * as z from 'zod';
import { language } from '../notifications/language.ts';
import { id, name } from '../shared/http/fields.ts';
import { phone } from '../shared/http/phone.ts';

const person = { id, name: z.string(), email: z.string().nullable(), phone: z.string().nullable() };

/** Somebody's own profile. */
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

/** What somebody may change of it; `phone: null` removes the number. The e-mail address follows Cognito. */
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
