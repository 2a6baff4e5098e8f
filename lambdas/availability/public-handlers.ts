import type { PagePosition } from '@medbook/contract/page';
import type { availabilityApi } from '@medbook/contract/routes/availability-api';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import type { Db } from '../shared/sql.ts';
import { type Existence, type FreeTimesQuery, listFreeSlots, listFreeTimes } from './availability.sql.ts';
import type { IndexedFreeTimes } from './indexed-free-times.ts';
import { listNextTimes } from './next-times.sql.ts';

interface Deps {
  readonly db: Db;
  /** @default - everything is read from the database */
  readonly indexedFreeTimes?: IndexedFreeTimes;
}

/** The handlers of the routes of free times and slots. */
export const availabilityHandlers = {
  'GET /availability': async ({ db, indexedFreeTimes }, { query: { slots, ...query } }) => {
    const timesFromIndex = await indexedFreeTimes?.list(query, slots);
    if (timesFromIndex) return { body: { source: 'index', times: timesFromIndex } };
    const { times, ...existence } = await listFreeTimes(db, query, slots);
    assertKnown(existence, 'query');
    return { body: { source: 'database', times } };
  },
  'GET /availability/next': async ({ db, indexedFreeTimes }, { query: { slots, limit, ...query } }) => {
    const { clinicId } = query;
    const timesFromIndex = clinicId && (await indexedFreeTimes?.listNext({ ...query, clinicId }, slots, limit));
    if (timesFromIndex) {
      return { body: { source: 'index', times: timesFromIndex.map((time) => ({ clinicId, ...time })) } };
    }
    const { times, searchedUntil, ...existence } = await listNextTimes(db, query, slots, limit);
    assertKnown(existence, 'query');
    return { body: { source: 'database', times, searchedUntil: searchedUntil ?? undefined } };
  },
  'GET /slots': ({ db }, { query }) => listFreeSlotsPage(db, query, 'query'),
  'GET /doctors/{doctorId}/slots': ({ db }, { path: { doctorId }, query }) =>
    listFreeSlotsPage(db, { doctorId, ...query }, 'path'),
} satisfies Partial<Handlers<Deps, typeof availabilityApi>>;

type PageQuery = FreeTimesQuery & { readonly limit: number; readonly cursor?: PagePosition | undefined };

async function listFreeSlotsPage(db: Db, query: PageQuery, doctorPart: 'path' | 'query') {
  const { slots, ...existence } = await listFreeSlots(db, query, query.cursor, query.limit + 1);
  assertKnown(existence, doctorPart);
  return { body: toPage(slots, query.limit, ({ startTime, id }) => ({ key: startTime, id })) };
}

function assertKnown({ clinicExists, doctorExists }: Existence, doctorPart: 'path' | 'query'): void {
  if (!clinicExists) throw notFound('clinicId', 'query');
  if (!doctorExists) throw notFound('doctorId', doctorPart);
}
