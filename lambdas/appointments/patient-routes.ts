import * as z from 'zod';
import { etagHeader, etagOf, ifNoneMatchHeader } from '../shared/http/etag.ts';
import { checkSpan, id, instant } from '../shared/http/fields.ts';
import { page, pageOf, pagingByTime } from '../shared/http/page.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import { appointment, appointmentStatus, idempotencyHeader, newAppointment } from './appointment.ts';
import { readAppointments, readCalendar } from './appointments.sql.ts';
import { bookAppointment } from './book-appointment.ts';
import { type AppointmentDeps, BOOKING_REFUSALS, commandOf, replyOf, tellOthers } from './command.ts';

const path = z.object({ appointmentId: id });
// `?status=booked` or `?status=booked&status=pending`.
const statuses = z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(appointmentStatus));

/** Appointments: booking and reading them. */
export const appointmentRoutes = {
  'POST /appointments': route({
    summary: 'Books a time, or holds it for a while: with any doctor or a given one, or a given slot.',
    headers: idempotencyHeader,
    body: newAppointment,
    status: 201,
    response: appointment,
    responseHeaders: etagHeader,
    refusals: [...BOOKING_REFUSALS, 'too_many_holds', 'too_many_appointments', 'too_many_no_shows'],
    handle: async (deps: AppointmentDeps, { headers, body }, context) => {
      const answer = await bookAppointment(deps.db, commandOf(deps, context, headers, body), body);
      await tellOthers(deps, answer);
      const reply = replyOf(answer, (field) => `body.${field}`);
      return { ...reply, headers: { ...reply.headers, Location: `appointments/${reply.body.id}` } };
    },
  }),
  'GET /appointments': route({
    summary: 'Your appointments by start: as a patient, as their doctor, or as an admin of their clinic.',
    query: z
      .strictObject({ status: statuses.optional(), from: instant.optional(), to: instant.optional(), ...pagingByTime })
      .superRefine(checkSpan),
    response: pageOf(appointment),
    handle: async ({ db }: AppointmentDeps, { query: { status, from, to, limit, cursor } }, { caller, requestId }) => {
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
    headers: ifNoneMatchHeader,
    response: appointment,
    responseHeaders: etagHeader,
    refusals: ['not_found'],
    handle: async ({ db }: AppointmentDeps, { path: { appointmentId } }, { caller, requestId }) => {
      const { sub, groups } = caller;
      const [found] = await readAppointments(db, { sub, groups, requestId, appointmentId, limit: 1 });
      if (!found) throw notFound('appointmentId', 'path');
      return { body: found, headers: { ETag: etagOf(found) } };
    },
  }),
  'GET /appointments/{appointmentId}/calendar.ics': route({
    summary: 'One appointment as a file for calendars.',
    path,
    response: z.string(),
    contentType: 'text/calendar; charset=utf-8; method=PUBLISH',
    refusals: ['not_found'],
    handle: async ({ db }: AppointmentDeps, { path: { appointmentId } }, { caller, requestId }) => {
      const { sub, groups } = caller;
      const facts = await readCalendar(db, { sub, groups, requestId, appointmentId });
      if (!facts) throw notFound('appointmentId', 'path');
      // Few ask for it, and the rules of all time zones are in it.
      const { calendarFile } = await import('../notifications/messages/calendar-file.ts');
      const name = `${facts.appointment.reference}.ics`;
      return { body: calendarFile(facts), headers: { 'Content-Disposition': `attachment; filename="${name}"` } };
    },
  }),
};
