import * as z from 'zod';
import {
  appointment,
  appointmentStatus,
  cancellation,
  emptyBody,
  idempotencyHeader,
  newAppointment,
  rescheduling,
} from '../appointment.ts';
import { etagHeader, ifMatchHeader, ifNoneMatchHeader } from '../etag.ts';
import { checkTimeRange, id, instant, text } from '../fields.ts';
import type { RouteTable } from '../operation.ts';
import { pageSchema, pagingByTime } from '../page.ts';
import { profile, profileChanges } from '../profile.ts';
import type { RefusalCode } from '../refusals.ts';

const path = z.object({ appointmentId: id });
// `?status=booked` or `?status=booked&status=pending`.
const statuses = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(appointmentStatus));

/** The refusals of every command that occupies slots. */
const BOOKING_REFUSALS = [
  'not_found',
  'slot_taken',
  'patient_busy',
  'not_bookable',
  'idempotency_key_reused',
  'slot_contended',
  'rate_limited',
] as const satisfies readonly RefusalCode[];

/** What every command on an existing appointment has in common. */
const change = {
  tag: 'Appointments',
  path,
  headers: idempotencyHeader.extend(ifMatchHeader.shape),
  response: appointment,
  responseHeaders: etagHeader,
} as const;
const CHANGE_REFUSALS = [
  'not_found',
  'illegal_transition',
  'precondition_failed',
  'idempotency_key_reused',
] as const satisfies readonly RefusalCode[];

const unsubscribePage = {
  tag: 'Notifications',
  access: 'public',
  query: z.strictObject({ token: text(200) }),
  response: z.string(),
  contentType: 'text/html; charset=utf-8',
  refusals: ['not_found'],
} as const;

const EXAMPLE_CLINIC = '01912d68-783e-7a03-8467-5661c1243ad4';
const EXAMPLE_SLOT = '01912d68-79a1-7c55-9b1e-2f1c0a6d7e10';
const EXAMPLE_DOCTOR = '01912d68-78f0-7d1b-a0c4-6c2b8f3e9d21';

/** Accounts and appointments: for patients, and for staff on their behalf. */
export const patientApi = {
  'GET /me': {
    id: 'getMe',
    tag: 'Account',
    summary:
      'Returns your profile, with the email address that a patient had verified in Cognito when the token was issued. ' +
      'Finishes an incomplete sign-up and then requires a fresh token.',
    access: 'signed-in',
    response: profile,
    refusals: ['forbidden', 'fresh_token_required'],
  },
  'PATCH /me': {
    id: 'updateMe',
    tag: 'Account',
    summary: 'Changes your profile: name, phone number and, for patients, language and notification preferences.',
    access: ['patient', 'doctor'],
    body: profileChanges,
    examples: {
      phone: { phone: '+351 211 234 567' },
      notifications: { notifications: { sms: false, reminders: true }, language: 'en' },
    },
    response: profile,
  },
  'POST /appointments': {
    id: 'bookAppointment',
    tag: 'Appointments',
    summary: 'Books or holds a time with any doctor or a given one, or a given slot.',
    access: ['patient', 'doctor', 'admin'],
    headers: idempotencyHeader,
    body: newAppointment,
    examples: {
      'any doctor': { clinicId: EXAMPLE_CLINIC, startTime: '2030-01-31T09:00:00Z' },
      'a doctor, held': {
        clinicId: EXAMPLE_CLINIC,
        startTime: '2030-01-31T09:00:00Z',
        doctorId: EXAMPLE_DOCTOR,
        slots: 2,
        hold: true,
      },
      'a slot': { slotId: EXAMPLE_SLOT, type: 'video', reason: 'Follow-up' },
    },
    status: 201,
    response: appointment,
    responseHeaders: etagHeader,
    refusals: [...BOOKING_REFUSALS, 'too_many_holds', 'too_many_appointments', 'too_many_no_shows'],
  },
  'GET /appointments': {
    id: 'listAppointments',
    tag: 'Appointments',
    summary: "Lists appointments by start time: a patient's own, a doctor's, or those of an admin's clinic.",
    access: ['patient', 'doctor', 'admin'],
    query: z
      .strictObject({ status: statuses.optional(), from: instant.optional(), to: instant.optional(), ...pagingByTime })
      .superRefine(checkTimeRange),
    response: pageSchema(appointment),
  },
  'GET /appointments/{appointmentId}': {
    id: 'getAppointment',
    tag: 'Appointments',
    summary: 'Returns an appointment.',
    access: ['patient', 'doctor', 'admin'],
    path,
    headers: ifNoneMatchHeader,
    response: appointment,
    responseHeaders: etagHeader,
    refusals: ['not_found'],
  },
  'GET /appointments/{appointmentId}/calendar.ics': {
    id: 'getAppointmentCalendar',
    tag: 'Appointments',
    summary: 'Returns an appointment as a calendar file.',
    access: ['patient', 'doctor', 'admin'],
    path,
    response: z.string(),
    contentType: 'text/calendar; charset=utf-8; method=PUBLISH',
    refusals: ['not_found'],
  },
  'POST /appointments/{appointmentId}/confirm': {
    ...change,
    id: 'confirmAppointment',
    summary: 'Books a held time before the hold expires.',
    access: ['patient', 'admin'],
    body: emptyBody,
    refusals: [...CHANGE_REFUSALS, 'hold_expired'],
  },
  'POST /appointments/{appointmentId}/renew': {
    ...change,
    id: 'renewAppointment',
    summary: 'Restarts the time of a hold, once.',
    access: ['patient', 'admin'],
    body: emptyBody,
    refusals: [...CHANGE_REFUSALS, 'hold_expired', 'already_renewed'],
  },
  'POST /appointments/{appointmentId}/cancel': {
    ...change,
    id: 'cancelAppointment',
    summary: 'Cancels an appointment and releases its slots.',
    access: ['patient', 'admin'],
    body: cancellation,
    examples: { 'with a reason': { reason: 'I am feeling better.' } },
    refusals: [...CHANGE_REFUSALS, 'too_late_to_cancel'],
  },
  'POST /appointments/{appointmentId}/reschedule': {
    ...change,
    id: 'rescheduleAppointment',
    summary: 'Moves an appointment to another time or doctor. If the move is refused, the appointment stays as it is.',
    access: ['patient', 'admin'],
    body: rescheduling,
    examples: {
      'another time': { startTime: '2030-02-01T10:30:00Z' },
      'a slot': { slotId: EXAMPLE_SLOT },
    },
    refusals: [
      ...CHANGE_REFUSALS,
      'slot_taken',
      'patient_busy',
      'not_bookable',
      'slot_contended',
      'rate_limited',
      'too_late_to_reschedule',
    ],
  },
  'POST /appointments/{appointmentId}/complete': {
    ...change,
    id: 'completeAppointment',
    summary: 'Records that the patient came.',
    access: ['doctor', 'admin'],
    body: emptyBody,
    refusals: [...CHANGE_REFUSALS, 'too_early'],
  },
  'POST /appointments/{appointmentId}/no-show': {
    ...change,
    id: 'markNoShow',
    summary: 'Records that the patient did not come.',
    access: ['doctor', 'admin'],
    body: emptyBody,
    refusals: [...CHANGE_REFUSALS, 'too_early'],
  },
  'GET /unsubscribe': {
    ...unsubscribePage,
    id: 'getUnsubscribePage',
    summary: 'Returns the page behind the unsubscribe link of emails, which asks for confirmation.',
  },
  'POST /unsubscribe': {
    ...unsubscribePage,
    id: 'unsubscribe',
    summary: 'Stops all emails to a patient. They can be turned on again with PATCH /me.',
  },
} as const satisfies RouteTable;
