import { createHash } from 'node:crypto';
import * as z from 'zod';
import { checkSpan, id, instant } from '../shared/http/fields.ts';
import { page, pageOf, pagingByTime } from '../shared/http/page.ts';
import type { Reply } from '../shared/http/reply.ts';
import { type Context, route } from '../shared/http/route.ts';
import { done, notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { appointment, appointmentStatus, cancellation, idempotencyHeader, newAppointment } from './appointment.ts';
import { type Command, type CommandAnswer, callCancelAppointment, readAppointments } from './appointments.sql.ts';
import { bookAppointment } from './book-appointment.ts';

interface Deps {
  readonly db: Db;
}

const path = z.object({ appointmentId: id });
// `?status=booked` or `?status=booked&status=pending`.
const statuses = z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(appointmentStatus));

/** Appointments: booking, reading and cancelling them. */
export const appointmentRoutes = {
  'POST /appointments': route({
    summary: 'Books a time with any doctor or a given one, or a given slot.',
    headers: idempotencyHeader,
    body: newAppointment,
    status: 201,
    response: appointment,
    refusals: ['not_found', 'slot_taken', 'patient_busy', 'not_bookable', 'idempotency_key_reused', 'slot_contended'],
    handle: async ({ db }: Deps, { headers, body }, context) => {
      const answer = await bookAppointment(db, commandOf(context, headers, body), body);
      return replyOf(answer, (field) => `body.${field}`);
    },
  }),
  'GET /appointments': route({
    summary: 'Your appointments by start: as a patient, as their doctor, or as an admin of their clinic.',
    query: z
      .strictObject({ status: statuses.optional(), from: instant.optional(), to: instant.optional(), ...pagingByTime })
      .superRefine(checkSpan),
    response: pageOf(appointment),
    handle: async ({ db }: Deps, { query: { status, from, to, limit, cursor } }, { caller, requestId }) => {
      const { sub, groups } = caller;
      const rows = await readAppointments(db, {
        sub,
        groups,
        requestId,
        statuses: status,
        from,
        to,
        after: cursor,
        limit,
      });
      return {
        body: page(
          rows,
          limit,
          (row) => row,
          (row) => ({ key: row.startTime, id: row.id }),
        ),
      };
    },
  }),
  'GET /appointments/{appointmentId}': route({
    summary: 'One appointment.',
    path,
    response: appointment,
    refusals: ['not_found'],
    handle: async ({ db }: Deps, { path: { appointmentId } }, { caller, requestId }) => {
      const { sub, groups } = caller;
      const [found] = await readAppointments(db, { sub, groups, requestId, appointmentId, limit: 1 });
      if (!found) throw notFound('appointmentId', 'path');
      return { body: found };
    },
  }),
  'POST /appointments/{appointmentId}/cancel': route({
    summary: 'Cancels an appointment and frees its slots.',
    path,
    headers: idempotencyHeader,
    body: cancellation,
    response: appointment,
    refusals: ['not_found', 'illegal_transition', 'too_late_to_cancel', 'idempotency_key_reused'],
    handle: async ({ db }: Deps, { path: { appointmentId }, headers, body }, context) => {
      const answer = await callCancelAppointment(db, commandOf(context, headers, body), appointmentId, body.reason);
      return replyOf(answer, (field) => `path.${field}`);
    },
  }),
};

function commandOf({ caller, requestId }: Context, headers: z.output<typeof idempotencyHeader>, body: object): Command {
  return {
    sub: caller.sub,
    groups: caller.groups,
    requestId,
    idempotencyKey: headers['idempotency-key'],
    // The parsed body has its fields in the order of the schema: two bodies that mean the same have the same hash.
    requestHash: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
  };
}

function replyOf({ answer, replayed, requestId }: CommandAnswer, pathOf: (field: string) => string): Reply {
  const firstRequestId = replayed ? requestId : undefined;
  const body = done(answer, { pathOf, firstRequestId }).appointment;
  return { body, ...(replayed ? { headers: { 'Idempotency-Replayed': 'true' } } : {}) };
}
