import Mustache from 'mustache';
import type { AppointmentFacts, Content, Kind } from '../notification.ts';
import { calendarOf, oneLine } from './calendar.ts';
import type { EmailMessage } from './email-message.ts';
import { LAYOUT } from './layout.html.ts';
import { longTime } from './when.ts';
import { type Facts, factsOf, noWords, type Phrase, WORDS, type Words } from './words.ts';

/** Whom an e-mail comes from and goes to, and where one click sends no more. */
export interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly unsubscribeUrl?: string | undefined;
}

/** Writes an e-mail. @throws when there are no words for such a message to such a person */
export function emailOf(content: Content, envelope: Envelope): EmailMessage {
  const { recipient, recipientName, language } = content;
  const words = WORDS[language];
  const filling = factsOf(content, longTime);
  const phrase = phraseFor(content, words);
  const isPatient = recipient === 'patient';
  const view = {
    language,
    subject: oneLine(phrase.subject(filling)),
    preview: filling.when,
    greeting: words.greeting(recipientName),
    text: phrase.text(filling),
    facts: rowsOf(content, words, filling),
    hasFacts: content.appointment !== undefined,
    why: isPatient ? words.whyPatient : words.whyStaff,
    unsubscribe: words.unsubscribe,
    unsubscribeUrl: envelope.unsubscribeUrl,
  };
  const calendar = invitationOf(content, envelope, words);
  return {
    subject: view.subject,
    text: Mustache.render(TEXT, view, undefined, { escape: String }),
    html: Mustache.render(LAYOUT, view),
    ...(calendar && { calendar }),
  };
}

/** All that HTML shows, as it is read aloud or by a simple program. */
const TEXT = `{{greeting}}

{{text}}
{{#hasFacts}}

{{#facts}}
{{label}}: {{value}}
{{/facts}}
{{/hasFacts}}

--
{{why}}
{{#unsubscribeUrl}}
{{unsubscribe}}: {{unsubscribeUrl}}
{{/unsubscribeUrl}}
`;

function phraseFor(content: Content, words: Words): Phrase {
  const phrases: Partial<Record<Kind, Phrase>> = content.recipient === 'patient' ? words.patient : words.staff;
  const phrase = phrases[content.kind];
  if (!phrase) throw noWords(content);
  return phrase;
}

/** What stands below the text: of somebody else's appointment the time and the reference. */
function rowsOf(
  { recipient, appointment, clinic, language, formerStartTime }: Content,
  { labels, byVideo }: Words,
  { when, reference }: Facts,
) {
  if (!appointment || !clinic) return [];
  const { type, doctorName } = appointment;
  const before = formerStartTime && {
    label: labels.formerly,
    value: longTime(formerStartTime, clinic.timeZone, language),
  };
  const place = type === 'video' ? byVideo : `${clinic.name}, ${clinic.address}`;
  const forPatients = [
    { label: labels.where, value: place },
    { label: labels.phone, value: clinic.phone },
    { label: labels.doctor, value: doctorName },
  ];
  return [
    { label: labels.when, value: when },
    ...(before ? [before] : []),
    ...(recipient === 'patient' ? forPatients : [{ label: labels.clinic, value: clinic.name }]),
    { label: labels.reference, value: reference },
  ];
}

/** An invitation for what is in people's calendars, its withdrawal for what is there no more; reminders and holds are neither. */
function invitationOf(content: Content, { from, to }: Envelope, words: Words): EmailMessage['calendar'] {
  const { kind, recipient, recipientName, appointment, clinic } = content;
  const method = METHODS[kind];
  if (!method || !appointment || !clinic) return undefined;
  const summary = recipient === 'patient' ? words.calendarSummary(clinic.name) : appointment.reference;
  const entry = { appointment: asTold(appointment, method), clinic, method, summary: oneLine(summary) };
  return { method, content: calendarOf({ ...entry, invitation: { from, to, name: recipientName } }) };
}

const METHODS: Readonly<Partial<Record<Kind, 'REQUEST' | 'CANCEL'>>> = {
  appointment_booked: 'REQUEST',
  appointment_confirmed: 'REQUEST',
  appointment_rescheduled: 'REQUEST',
  appointment_reassigned: 'CANCEL',
  appointment_cancelled: 'CANCEL',
};

/** For whom it is withdrawn it is cancelled, though it may go on with another doctor. */
const asTold = (appointment: AppointmentFacts, method: 'REQUEST' | 'CANCEL'): AppointmentFacts =>
  method === 'CANCEL' ? { ...appointment, status: 'cancelled' } : appointment;
