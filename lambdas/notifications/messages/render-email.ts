import Mustache from 'mustache';
import { createCalendar, toSingleLine } from '../../calendar/calendar.ts';
import type { AppointmentFacts, NotificationContent, NotificationKind } from '../notification.ts';
import type { EmailMessage } from './email-message.ts';
import { formatLongTime } from './format-time.ts';
import { LAYOUT } from './layout.html.ts';
import {
  buildFacts,
  createMissingPhraseError,
  type Facts,
  type Phrase,
  TRANSLATIONS,
  type Translation,
} from './translations.ts';

/** The sender, the recipient and the one-click unsubscribe link of an email. */
export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly unsubscribeUrl?: string | undefined;
}

/** Renders an email. @throws when the translation has no text for this kind and recipient */
export function renderEmail(content: NotificationContent, envelope: Envelope): EmailMessage {
  const { recipient, recipientName, language } = content;
  const translation = TRANSLATIONS[language];
  const facts = buildFacts(content, formatLongTime);
  const phrase = getPhrase(content, translation);
  const isPatient = recipient === 'patient';
  const view = {
    language,
    subject: toSingleLine(phrase.subject(facts)),
    preview: facts.when,
    greeting: translation.greeting(recipientName),
    text: phrase.text(facts),
    facts: buildFactRows(content, translation, facts),
    hasFacts: content.appointment !== undefined,
    footer: isPatient ? translation.patientFooter : translation.staffFooter,
    unsubscribe: translation.unsubscribe,
    unsubscribeUrl: envelope.unsubscribeUrl,
  };
  const calendar = buildInvitation(content, envelope, translation);
  return {
    subject: view.subject,
    text: Mustache.render(TEXT_LAYOUT, view, undefined, { escape: String }),
    html: Mustache.render(LAYOUT, view),
    ...(calendar && { calendar }),
  };
}

/** The plain text of an email, with the same content as the HTML. */
const TEXT_LAYOUT = `{{greeting}}

{{text}}
{{#hasFacts}}

{{#facts}}
{{label}}: {{value}}
{{/facts}}
{{/hasFacts}}

--
{{footer}}
{{#unsubscribeUrl}}
{{unsubscribe}}: {{unsubscribeUrl}}
{{/unsubscribeUrl}}
`;

function getPhrase(content: NotificationContent, translation: Translation): Phrase {
  const phrases: Partial<Record<NotificationKind, Phrase>> =
    content.recipient === 'patient' ? translation.patient : translation.staff;
  const phrase = phrases[content.kind];
  if (!phrase) throw createMissingPhraseError(content);
  return phrase;
}

/** Builds the table below the text. Staff see the times, the clinic and the reference, but nothing about the patient. */
function buildFactRows(
  { recipient, appointment, clinic, language, formerStartTime }: NotificationContent,
  { labels, byVideo }: Translation,
  { when, reference }: Facts,
) {
  if (!appointment || !clinic) return [];
  const { type, doctorName } = appointment;
  const formerTime = formerStartTime && {
    label: labels.formerly,
    value: formatLongTime(formerStartTime, clinic.timeZone, language),
  };
  const place = type === 'video' ? byVideo : `${clinic.name}, ${clinic.address}`;
  const forPatients = [
    { label: labels.where, value: place },
    { label: labels.phone, value: clinic.phone },
    { label: labels.doctor, value: doctorName },
  ];
  return [
    { label: labels.when, value: when },
    ...(formerTime ? [formerTime] : []),
    ...(recipient === 'patient' ? forPatients : [{ label: labels.clinic, value: clinic.name }]),
    { label: labels.reference, value: reference },
  ];
}

/** Builds an invitation for a booked appointment, or its cancellation. Other kinds, such as holds and reminders, have none. */
function buildInvitation(
  content: NotificationContent,
  { from, to }: Envelope,
  translation: Translation,
): EmailMessage['calendar'] {
  const { kind, recipient, recipientName, appointment, clinic } = content;
  const method = CALENDAR_METHODS[kind];
  if (!method || !appointment || !clinic) return undefined;
  const summary = recipient === 'patient' ? translation.calendarSummary(clinic.name) : appointment.reference;
  const entry = {
    appointment: withCalendarStatus(appointment, method),
    clinic,
    method,
    summary: toSingleLine(summary),
  };
  return { method, content: createCalendar({ ...entry, invitation: { from, to, name: recipientName } }) };
}

const CALENDAR_METHODS: Readonly<Partial<Record<NotificationKind, 'REQUEST' | 'CANCEL'>>> = {
  appointment_booked: 'REQUEST',
  appointment_confirmed: 'REQUEST',
  appointment_rescheduled: 'REQUEST',
  appointment_reassigned: 'CANCEL',
  appointment_cancelled: 'CANCEL',
};

/** A cancellation has the status `cancelled`, although the appointment may continue with another doctor. */
const withCalendarStatus = (appointment: AppointmentFacts, method: 'REQUEST' | 'CANCEL'): AppointmentFacts =>
  method === 'CANCEL' ? { ...appointment, status: 'cancelled' } : appointment;
