import * as z from 'zod';
import { id, utcInstant } from './fields.ts';

/** A free slot in a response. */
export const freeSlot = z
  .object({ id, doctorId: id, startTime: utcInstant, endTime: utcInstant })
  .meta({ id: 'FreeSlot' });

/** Where the free times were read: the index in Redis, or the database. */
const source = z.enum(['index', 'database']);
const freeTime = z.object({ startTime: utcInstant, availableDoctors: z.int() });

/** The free times of a clinic. */
export const availability = z.object({ source, times: z.array(freeTime) }).meta({ id: 'Availability' });

/** The soonest free times across clinics. */
export const nextTimes = z
  .object({
    source,
    times: z.array(freeTime.extend({ clinicId: id })),
    searchedUntil: utcInstant.optional().meta({
      description:
        'Present only if a search for several consecutive slots stopped early, with fewer than `limit` times. The times before this instant are ' +
        'complete; later times were not searched. Filter by clinic, doctor or specialization to search further.',
    }),
  })
  .meta({ id: 'NextTimes' });
