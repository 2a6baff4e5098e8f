import * as z from 'zod';
import { id } from './fields.ts';
import { language } from './language.ts';

/** A clinic in a public response. */
export const clinic = z
  .object({
    id,
    name: z.string(),
    address: z.string(),
    phone: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    slotMinutes: z.int(),
    noticeMinutes: z.int(),
    horizonDays: z.int(),
    cancellationCutoffMinutes: z.int(),
    holdSeconds: z.int(),
    holdsPerPatient: z.int(),
    appointmentsPerPatient: z.int(),
    noShowsPerPatient: z.int(),
    language,
    quietFrom: z.string(),
    quietTo: z.string(),
    reminderMinutes: z.array(z.int()),
  })
  .meta({ id: 'Clinic' });
export type Clinic = z.output<typeof clinic>;
