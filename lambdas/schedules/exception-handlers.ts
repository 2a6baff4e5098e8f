import { randomUUID } from 'node:crypto';
import type { PagePosition } from '@medbook/contract/page';
import type { staffApi } from '@medbook/contract/routes/staff-api';
import type { NewScheduleException } from '@medbook/contract/schedule-exception';
import type { HttpResponse } from '../shared/http/http-response.ts';
import type { Handlers, RequestContext } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import { createScheduleResponse } from './create-schedule-response.ts';
import {
  addScheduleException,
  listScheduleExceptions,
  readConflicts,
  removeScheduleException,
  type ScheduleOwner,
  setSlotStatus,
} from './exceptions.sql.ts';
import { type ScheduleDeps, toActor } from './schedule-deps.ts';

/** The staff routes of exceptions, single slots and conflicts. */
export const exceptionHandlers = {
  'GET /doctors/{doctorId}/exceptions': (deps, { path, query }, context) => listExceptions(deps, path, query, context),
  'GET /clinics/{clinicId}/exceptions': (deps, { path, query }, context) => listExceptions(deps, path, query, context),
  'POST /doctors/{doctorId}/exceptions': (deps, { path, query, body }, context) =>
    addException(deps, path, body, query, context),
  'POST /clinics/{clinicId}/exceptions': (deps, { path, query, body }, context) =>
    addException(deps, path, body, query, context),
  'DELETE /doctors/{doctorId}/exceptions/{exceptionId}': (deps, { path, query }, context) =>
    removeException(deps, { doctorId: path.doctorId }, path.exceptionId, query, context),
  'DELETE /clinics/{clinicId}/exceptions/{exceptionId}': (deps, { path, query }, context) =>
    removeException(deps, { clinicId: path.clinicId }, path.exceptionId, query, context),
  'PATCH /slots/{slotId}': async (deps, { path: { slotId }, query: { dryRun }, body: { status } }, context) => {
    const slot = { slotId, status, exceptionId: randomUUID() };
    const outcome = await setSlotStatus(deps.db, toActor(context), slot, dryRun);
    return createScheduleResponse(deps, outcome, dryRun, context);
  },
  'GET /doctors/{doctorId}/conflicts': (deps, { path, query }, context) => listConflicts(deps, path, query, context),
  'GET /clinics/{clinicId}/conflicts': (deps, { path, query }, context) => listConflicts(deps, path, query, context),
} satisfies Partial<Handlers<ScheduleDeps, typeof staffApi>>;

interface PageQuery {
  readonly limit: number;
  readonly cursor?: PagePosition | undefined;
}
interface RangeQuery extends PageQuery {
  readonly from: Date;
  readonly to: Date;
}
interface DryRunQuery {
  readonly dryRun: boolean;
}

async function listExceptions(
  { db }: ScheduleDeps,
  owner: ScheduleOwner,
  { from, to, limit, cursor }: RangeQuery,
  context: RequestContext,
): Promise<HttpResponse> {
  const rows = await listScheduleExceptions(db, toActor(context), owner, { from, to, after: cursor, limit });
  if (!rows) throw ownerNotFound(owner);
  const page = toPage(rows, limit, ({ startTime, exception }) => ({ key: startTime, id: exception.id }));
  return { body: { ...page, items: page.items.map(({ exception }) => exception) } };
}

async function listConflicts(
  { db }: ScheduleDeps,
  owner: ScheduleOwner,
  { limit, cursor }: PageQuery,
  context: RequestContext,
): Promise<HttpResponse> {
  const rows = await readConflicts(db, toActor(context), owner, { after: cursor, limit });
  if (!rows) throw ownerNotFound(owner);
  return { body: toPage(rows, limit, ({ appointment, id }) => ({ key: appointment.startTime, id })) };
}

async function addException(
  deps: ScheduleDeps,
  owner: ScheduleOwner,
  body: NewScheduleException,
  { dryRun }: DryRunQuery,
  context: RequestContext,
): Promise<HttpResponse> {
  const exception = { ...body, id: randomUUID() };
  const outcome = await addScheduleException(deps.db, toActor(context), owner, exception, dryRun);
  return createScheduleResponse(deps, outcome, dryRun, context);
}

async function removeException(
  deps: ScheduleDeps,
  owner: ScheduleOwner,
  exceptionId: string,
  { dryRun }: DryRunQuery,
  context: RequestContext,
): Promise<HttpResponse> {
  const outcome = await removeScheduleException(deps.db, toActor(context), owner, exceptionId, dryRun);
  return createScheduleResponse(deps, outcome, dryRun, context);
}

const ownerNotFound = (owner: ScheduleOwner) => notFound('doctorId' in owner ? 'doctorId' : 'clinicId', 'path');
