import type { patientApi } from '@medbook/contract/routes/patient-api';
import { toETag } from '../shared/http/etag.ts';
import type { Handlers, RequestContext, RequestOf } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import { type ChangeName, executeChangeAppointment, findCalendarFacts, readAppointments } from './appointments.sql.ts';
import { bookAppointment } from './book-appointment.ts';
import { type AppointmentDeps, createCommand, publishChanges, toAppointmentResponse } from './command.ts';
import { retryContended } from './retry-contended.ts';

/** The handlers of the routes of appointments. */
export const appointmentHandlers = {
  'POST /appointments': async (deps, { headers, body }, context) => {
    const booking = await bookAppointment(deps.db, createCommand(deps, context, headers, body), body);
    await publishChanges(deps, booking);
    const response = toAppointmentResponse(booking, (field) => `body.${field}`);
    return { ...response, headers: { ...response.headers, Location: `appointments/${response.body.id}` } };
  },
  'GET /appointments': async ({ db }, { query: { status, from, to, limit, cursor } }, { caller, requestId }) => {
    const { sub, groups } = caller;
    const filter = { statuses: status, from, to, after: cursor, limit };
    const rows = await readAppointments(db, { sub, groups, requestId, ...filter });
    return { body: toPage(rows, limit, ({ startTime, id }) => ({ key: startTime, id })) };
  },
  'GET /appointments/{appointmentId}': async ({ db }, { path: { appointmentId } }, { caller, requestId }) => {
    const { sub, groups } = caller;
    const [appointment] = await readAppointments(db, { sub, groups, requestId, appointmentId, limit: 1 });
    if (!appointment) throw notFound('appointmentId', 'path');
    return { body: appointment, headers: { ETag: toETag(appointment) } };
  },
  'GET /appointments/{appointmentId}/calendar.ics': async ({ db }, { path }, { caller, requestId }) => {
    const { sub, groups } = caller;
    const facts = await findCalendarFacts(db, { sub, groups, requestId, appointmentId: path.appointmentId });
    if (!facts) throw notFound('appointmentId', 'path');
    // Loaded on demand: rarely called, and it contains the rules of all time zones.
    const { createCalendarFile } = await import('../calendar/calendar-file.ts');
    const filename = `${facts.appointment.reference}.ics`;
    return {
      body: createCalendarFile(facts),
      headers: { 'Content-Disposition': `attachment; filename="${filename}"` },
    };
  },
  'POST /appointments/{appointmentId}/confirm': createChangeHandler('confirm'),
  'POST /appointments/{appointmentId}/renew': createChangeHandler('renew'),
  'POST /appointments/{appointmentId}/cancel': createChangeHandler('cancel'),
  'POST /appointments/{appointmentId}/reschedule': createChangeHandler('reschedule'),
  'POST /appointments/{appointmentId}/complete': createChangeHandler('complete'),
  'POST /appointments/{appointmentId}/no-show': createChangeHandler('no_show'),
} satisfies Partial<Handlers<AppointmentDeps, typeof patientApi>>;

/** A command on an existing appointment. `appointment_transitions()` in the migrations decides who may run it, and when. */
function createChangeHandler(name: ChangeName) {
  return async (
    deps: AppointmentDeps,
    { path: { appointmentId }, headers, body }: ChangeRequest,
    context: RequestContext,
  ) => {
    const command = createCommand(deps, context, headers, body);
    const change = { name, appointmentId, version: headers['if-match'], request: body };
    const result = await retryContended(() => executeChangeAppointment(deps.db, command, change));
    await publishChanges(deps, result);
    return toAppointmentResponse(result, (field) => (field === 'appointmentId' ? `path.${field}` : `body.${field}`));
  };
}

interface ChangeRequest
  extends Pick<RequestOf<(typeof patientApi)['POST /appointments/{appointmentId}/cancel']>, 'path' | 'headers'> {
  readonly body: object;
}
