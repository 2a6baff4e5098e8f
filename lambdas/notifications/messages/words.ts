import type { Content, Kind, Language } from '../notification.ts';
import { clockTime } from './when.ts';
import { en } from './words.en.ts';
import { es } from './words.es.ts';
import { pt } from './words.pt.ts';

/** What phrases are filled with, written out in their language. */
export interface Facts {
  readonly clinic: string;
  /** When it is, with the time zone's name; of an SMS in short. */
  readonly when: string;
  /** Until when a hold holds: the time of day. */
  readonly until: string;
  readonly reference: string;
  readonly byClinic: boolean;
}

/** An e-mail's own words; all else in it is the same for every kind. */
export interface Phrase {
  readonly subject: (facts: Facts) => string;
  readonly text: (facts: Facts) => string;
}

/** Kinds that doctors and clinics get. */
export type StaffKind =
  | 'appointment_booked'
  | 'appointment_confirmed'
  | 'appointment_rescheduled'
  | 'appointment_reassigned'
  | 'appointment_cancelled';
/** Kinds that patients get. */
export type PatientKind = Exclude<Kind, 'appointment_reassigned'>;
/** Kinds that patients get by SMS. */
export type SmsKind = Exclude<PatientKind, 'account_created' | 'appointment_completed'>;

/** All words of a language. A phrase that is missing in one does not compile. */
export interface Words {
  readonly greeting: (name: string) => string;
  readonly labels: Readonly<
    Record<'when' | 'formerly' | 'where' | 'phone' | 'doctor' | 'reference' | 'clinic', string>
  >;
  readonly byVideo: string;
  readonly calendarSummary: (clinic: string) => string;
  readonly whyPatient: string;
  readonly whyStaff: string;
  readonly unsubscribe: string;
  readonly patient: Readonly<Record<PatientKind, Phrase>>;
  readonly staff: Readonly<Record<StaffKind, Phrase>>;
  /** Without the name of a doctor or anything else that says what it is about. */
  readonly sms: Readonly<Record<SmsKind, (facts: Facts) => string>>;
}

/** The one catalogue of words. */
export const WORDS: Readonly<Record<Language, Words>> = { en, es, pt };

type Writing = (instant: string, timeZone: string, language: Language) => string;

/** What the phrases of a message are filled with; `write` writes its time. */
export function factsOf({ appointment, clinic, language }: Content, write: Writing): Facts {
  if (!appointment || !clinic) return { clinic: '', when: '', until: '', reference: '', byClinic: false };
  return {
    clinic: clinic.name,
    when: write(appointment.startTime, clinic.timeZone, language),
    until: appointment.expiresAt ? clockTime(appointment.expiresAt, clinic.timeZone, language) : '',
    reference: appointment.reference,
    byClinic: appointment.cancelledBy === 'clinic',
  };
}

/** The catalogue of the database has a message that has no words here. */
export const noWords = ({ kind, recipient }: Content) => new Error(`There are no words for ${kind} to a ${recipient}.`);
