import * as z from 'zod';
import { currency, email, name, slotMinutes, text } from './fields.ts';
import { language } from './language.ts';
import { phone } from './phone.ts';

const timeZone = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone name, like Europe/Lisbon')
  .meta({ example: 'Europe/Lisbon' });

const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a local time, like 21:00')
  .meta({ example: '21:00' });

/** The body that creates a clinic. The defaults of the booking policy suit most clinics. */
export const newClinic = z
  .strictObject({
    name,
    address: text(500),
    phone,
    currency,
    timeZone,
    slotMinutes: slotMinutes.default(30),
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
      .meta({ description: 'The address that receives the notifications of the clinic itself.' }),
    language: language.default('en'),
    quietFrom: localTime
      .default('21:00')
      .meta({ description: 'No reminders are sent from this time until quietTo, in the time zone of the clinic.' }),
    quietTo: localTime.default('08:00'),
    reminderMinutes: z
      .array(z.int().min(1).max(20_160))
      .max(5)
      .default([1440])
      .meta({ description: 'How many minutes before the start reminders are sent.' }),
  })
  .meta({ id: 'NewClinic' });
export type NewClinic = z.output<typeof newClinic>;

// Only names of places: Intl also accepts +05:00 and IST, which PostgreSQL reads with the opposite sign or for another country.
function isTimeZone(zone: string): boolean {
  if (!/^(UTC|[A-Z]\w+(\/[\w+-]+)+)$/i.test(zone)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}
