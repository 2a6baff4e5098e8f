import * as z from 'zod';
import { language } from '../notifications/language.ts';
import { currency, email, name, text } from '../shared/http/fields.ts';
import { phone } from '../shared/http/phone.ts';

const timeZone = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone name, like Europe/Lisbon')
  .meta({ example: 'Europe/Lisbon' });

const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected a time of the clinic's day, like 21:00")
  .meta({ example: '21:00' });

/** What an admin says of a new clinic; the booking policy has the defaults of most clinics. */
export const newClinic = z
  .strictObject({
    name,
    address: text(500),
    phone,
    currency,
    timeZone,
    slotMinutes: z.int().min(5).max(240).default(30),
    noticeMinutes: z.int().min(0).max(43_200).default(60),
    horizonDays: z.int().min(1).max(366).default(30),
    cancellationCutoffMinutes: z.int().min(0).max(43_200).default(0),
    holdSeconds: z.int().min(30).max(3600).default(120),
    holdsPerPatient: z.int().min(1).max(20).default(3),
    appointmentsPerPatient: z.int().min(1).max(100).default(10),
    noShowsPerPatient: z.int().min(1).max(100).default(3),
    notificationEmail: email
      .nullable()
      .default(null)
      .meta({ description: 'Where the clinic itself is told of its appointments.' }),
    language: language.default('en'),
    quietFrom: localTime.default('21:00').meta({ description: 'From then until quietTo nobody is reminded.' }),
    quietTo: localTime.default('08:00'),
    reminderMinutes: z
      .array(z.int().min(1).max(20_160))
      .max(5)
      .default([1440])
      .meta({ description: 'How long before their start patients are reminded.' }),
  })
  .meta({ id: 'NewClinic' });

// A place, and not an offset or an abbreviation: Intl takes +05:00 and IST too, of which PostgreSQL reads another sign and another country.
function isTimeZone(zone: string): boolean {
  if (!/^(UTC|[A-Z]\w+(\/[\w+-]+)+)$/i.test(zone)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}
