import * as z from 'zod';
import { specialization } from '../doctors/doctor.ts';
import { checkSpan, id, slotCount, span, utcInstant } from '../shared/http/fields.ts';
import { page, pageOf, pagingByTime } from '../shared/http/page.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { type FreeTimesQuery, type Known, listFreeSlots, listFreeTimes } from './availability.sql.ts';
import type { IndexedTimes } from './indexed-times.ts';
import { listNextTimes } from './next-times.sql.ts';

interface Deps {
  readonly db: Db;
  /** @default - all is read from the database */
  readonly indexed?: IndexedTimes;
}

const filters = { doctorId: id.optional(), specialization: specialization.optional() };

const freeSlot = z.object({ id, doctorId: id, startTime: utcInstant, endTime: utcInstant }).meta({ id: 'FreeSlot' });

const slots = z.coerce.number().pipe(slotCount).default(1);
const source = z.enum(['index', 'database']);
const time = z.object({ startTime: utcInstant, availableDoctors: z.int() });

const availability = z.object({ source, times: z.array(time) }).meta({ id: 'Availability' });
const nextTimes = z
  .object({
    source,
    times: z.array(time.extend({ clinicId: id })),
    searchedUntil: utcInstant.optional().meta({
      description:
        'Only if the search for several consecutive slots had to end early, with fewer than `limit` times: those before this instant are all ' +
        'there, those from it on were not searched for. A narrower question (a clinic, a doctor, a specialization) reaches further.',
    }),
  })
  .meta({ id: 'NextTimes' });

/** The free times, for everybody. Times that can no longer or not yet be booked are not among them. */
export const availabilityRoutes = {
  'GET /availability': route({
    summary: 'The times at which a clinic has somebody free, for one slot or for several consecutive ones.',
    query: z
      .strictObject({
        clinicId: id,
        ...span,
        ...filters,
        slots,
      })
      .superRefine(checkSpan),
    response: availability,
    refusals: ['not_found'],
    handle: async ({ db, indexed }: Deps, { query: { slots, ...query } }) => {
      const found = await indexed?.list(query, slots);
      if (found) return { body: { source: 'index', times: found } };
      const { times, ...known } = await listFreeTimes(db, query, slots);
      checkKnown(known, 'query');
      return { body: { source: 'database', times } };
    },
  }),
  'GET /availability/next': route({
    summary: 'The soonest times at which somebody is free, across clinics and doctors.',
    query: z.strictObject({
      clinicId: id.optional(),
      ...filters,
      slots,
      limit: z.coerce.number().int().min(1).max(50).default(10),
    }),
    response: nextTimes,
    refusals: ['not_found'],
    handle: async ({ db, indexed }: Deps, { query: { slots, limit, ...query } }) => {
      const { clinicId } = query;
      const found = clinicId && (await indexed?.next({ ...query, clinicId }, slots, limit));
      if (found) return { body: { source: 'index', times: found.map((time) => ({ clinicId, ...time })) } };
      const { times, searchedUntil, ...known } = await listNextTimes(db, query, slots, limit);
      checkKnown(known, 'query');
      return { body: { source: 'database', times, searchedUntil: searchedUntil ?? undefined } };
    },
  }),
  'GET /slots': route({
    summary: 'Single free slots of a clinic or a doctor, by start.',
    query: z
      .strictObject({ clinicId: id.optional(), ...span, ...filters, ...pagingByTime })
      .superRefine(checkSpan)
      .refine((query) => query.clinicId || query.doctorId, {
        path: ['clinicId'],
        message: 'expected clinicId or doctorId',
      }),
    response: pageOf(freeSlot),
    refusals: ['not_found'],
    handle: ({ db }: Deps, { query }) => freeSlotsPage(db, query, 'query'),
  }),
  'GET /doctors/{doctorId}/slots': route({
    summary: 'Single free slots of a doctor, by start.',
    path: z.object({ doctorId: id }),
    query: z.strictObject({ ...span, ...pagingByTime }).superRefine(checkSpan),
    response: pageOf(freeSlot),
    refusals: ['not_found'],
    handle: ({ db }: Deps, { path: { doctorId }, query }) => freeSlotsPage(db, { doctorId, ...query }, 'path'),
  }),
};

type PageQuery = FreeTimesQuery & { readonly limit: number; readonly cursor?: { key: string; id: string } | undefined };

async function freeSlotsPage(db: Db, query: PageQuery, doctorIn: 'path' | 'query') {
  const { slots, ...known } = await listFreeSlots(db, query, query.cursor, query.limit + 1);
  checkKnown(known, doctorIn);
  return {
    body: page(
      slots,
      query.limit,
      (slot) => slot,
      (slot) => ({ key: slot.startTime, id: slot.id }),
    ),
  };
}

function checkKnown({ clinicKnown, doctorKnown }: Known, doctorIn: 'path' | 'query'): void {
  if (!clinicKnown) throw notFound('clinicId', 'query');
  if (!doctorKnown) throw notFound('doctorId', doctorIn);
}
