import type { staffApi } from '@medbook/contract/routes/staff-api';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import { createScheduleResponse } from './create-schedule-response.ts';
import { type ScheduleDeps, toActor } from './schedule-deps.ts';
import { findWorkingHours, readSchedule, setWorkingHours } from './schedules.sql.ts';

/** The staff routes of working hours and schedules. */
export const scheduleHandlers = {
  'GET /doctors/{doctorId}/availability': async ({ db }, { path: { doctorId } }, context) => {
    const hours = await findWorkingHours(db, toActor(context), doctorId);
    if (!hours) throw notFound('doctorId', 'path');
    return { body: { hours } };
  },
  'POST /doctors/{doctorId}/availability': async (deps, { path: { doctorId }, query: { dryRun }, body }, context) => {
    const outcome = await setWorkingHours(deps.db, toActor(context), doctorId, body, dryRun);
    return createScheduleResponse(deps, outcome, dryRun, context);
  },
  'GET /doctors/{doctorId}/schedule': async ({ db }, { path: { doctorId }, query }, context) => {
    const { from, to, limit, cursor } = query;
    const rows = await readSchedule(db, toActor(context), { doctorId, from, to, after: cursor, limit });
    if (!rows) throw notFound('doctorId', 'path');
    return { body: toPage(rows, limit, ({ startTime, slotId }) => ({ key: startTime, id: slotId })) };
  },
} satisfies Partial<Handlers<ScheduleDeps, typeof staffApi>>;
