import * as z from 'zod';
import { etagHeader, ifMatchHeader } from '../shared/http/etag.ts';
import { id } from '../shared/http/fields.ts';
import { type Route, route } from '../shared/http/route.ts';
import type { Refusal } from '../shared/refusal.ts';
import { appointment, cancellation, idempotencyHeader, nothing, rescheduling } from './appointment.ts';
import { type ChangeName, callChangeAppointment } from './appointments.sql.ts';
import { type AppointmentDeps, BOOKING_REFUSALS, commandOf, replyOf, tellOthers } from './command.ts';
import { untilUncontended } from './contention.ts';

interface ChangeRoute {
  readonly summary: string;
  readonly body: z.ZodType<object>;
  readonly refusals: readonly Refusal[];
}

/** What happens to an appointment after it was made. Who may do what, and when, says lifecycle() in the migrations. */
export const changeRoutes = {
  'POST /appointments/{appointmentId}/confirm': change('confirm', {
    summary: 'Books what is held, before the hold expires.',
    body: nothing,
    refusals: ['hold_expired'],
  }),
  'POST /appointments/{appointmentId}/renew': change('renew', {
    summary: 'Lets a hold begin anew, once.',
    body: nothing,
    refusals: ['hold_expired', 'already_renewed'],
  }),
  'POST /appointments/{appointmentId}/cancel': change('cancel', {
    summary: 'Cancels an appointment and frees its slots.',
    body: cancellation,
    refusals: ['too_late_to_cancel'],
  }),
  'POST /appointments/{appointmentId}/reschedule': change('reschedule', {
    summary: 'Moves an appointment to another time or doctor, or leaves it where it is.',
    body: rescheduling,
    refusals: [...BOOKING_REFUSALS, 'too_late_to_reschedule'],
  }),
  'POST /appointments/{appointmentId}/complete': change('complete', {
    summary: 'Says that the patient was there.',
    body: nothing,
    refusals: ['too_early'],
  }),
  'POST /appointments/{appointmentId}/no-show': change('no_show', {
    summary: 'Says that the patient did not come.',
    body: nothing,
    refusals: ['too_early'],
  }),
};

function change(name: ChangeName, { summary, body, refusals }: ChangeRoute): Route<AppointmentDeps> {
  return route({
    summary,
    path: z.object({ appointmentId: id }),
    headers: idempotencyHeader.extend(ifMatchHeader.shape),
    body,
    response: appointment,
    responseHeaders: etagHeader,
    refusals: [
      ...new Set<Refusal>([
        'not_found',
        'illegal_transition',
        'precondition_failed',
        'idempotency_key_reused',
        ...refusals,
      ]),
    ],
    handle: async (deps: AppointmentDeps, { path: { appointmentId }, headers, body: wish }, context) => {
      const command = commandOf(deps, context, headers, wish);
      const asked = { name, appointmentId, version: headers['if-match'], wish };
      const answer = await untilUncontended(() => callChangeAppointment(deps.db, command, asked));
      await tellOthers(deps, answer);
      return replyOf(answer, (field) => (field === 'appointmentId' ? `path.${field}` : `body.${field}`));
    },
  });
}
