import * as z from 'zod';
import type { FreeIndex } from '../availability/index/free-index.ts';
import { tellIndexOf } from '../outbox/tell-index.ts';
import { checkSpan, id, span } from '../shared/http/fields.ts';
import { page, pageOf, pagingByTime } from '../shared/http/page.ts';
import { type Context, route } from '../shared/http/route.ts';
import { done, notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { newWorkingHours, scheduleEntry, workingHoursChange, workingHoursList } from './schedule.ts';
import { findWorkingHours, readSchedule, setWorkingHours } from './schedules.sql.ts';

interface Deps {
  readonly db: Db;
  /** @default - nobody is told at once, and the relay tells it within a minute */
  readonly index?: FreeIndex;
}

const path = z.object({ doctorId: id });
const actorOf = ({ caller: { sub, groups }, requestId }: Context) => ({ sub, groups, requestId });

/** When doctors work, and whom they see. */
export const scheduleRoutes = {
  'GET /doctors/{doctorId}/availability': route({
    summary: "A doctor's weekly working hours.",
    path,
    response: workingHoursList,
    refusals: ['not_found'],
    handle: async ({ db }: Deps, { path: { doctorId } }, context) => {
      const hours = await findWorkingHours(db, actorOf(context), doctorId);
      if (!hours) throw notFound('doctorId', 'path');
      return { body: { hours } };
    },
  }),
  'POST /doctors/{doctorId}/availability': route({
    summary: "Replaces a doctor's weekly working hours and makes the slots so.",
    path,
    body: newWorkingHours,
    status: 201,
    response: workingHoursChange,
    refusals: ['not_found'],
    handle: async ({ db, index }: Deps, { path: { doctorId }, body }, context) => {
      const answer = await setWorkingHours(db, actorOf(context), doctorId, body);
      await tellIndexOf(db, index, context.requestId);
      const { outcome: _, ...change } = done(answer, {
        pathOf: (field) => (field === 'doctorId' ? 'path.doctorId' : `body.${field}`),
      });
      return { body: change };
    },
  }),
  'GET /doctors/{doctorId}/schedule': route({
    summary: "A doctor's slots by start, and who is in them.",
    path,
    query: z.strictObject({ ...span, ...pagingByTime }).superRefine(checkSpan),
    response: pageOf(scheduleEntry),
    refusals: ['not_found'],
    handle: async ({ db }: Deps, { path: { doctorId }, query: { from, to, limit, cursor } }, context) => {
      const rows = await readSchedule(db, actorOf(context), { doctorId, from, to, after: cursor, limit });
      if (!rows) throw notFound('doctorId', 'path');
      return {
        body: page(
          rows,
          limit,
          (row) => row,
          (row) => ({ key: row.startTime, id: row.slotId }),
        ),
      };
    },
  }),
};
