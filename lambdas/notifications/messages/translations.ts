import type { Language } from '@medbook/contract/language';
import type { NotificationContent, NotificationKind } from '../notification.ts';
import { formatTimeOfDay } from './format-time.ts';
import { en } from './translations/en.ts';
import { es } from './translations/es.ts';
import { pt } from './translations/pt.ts';

/** The values in phrases, formatted in the language of the message. */
export interface Facts {
  readonly clinic: string;
  /** The start time with its time zone, in a short form for an SMS. */
  readonly when: string;
  /** The time of day at which a hold expires. */
  readonly until: string;
  readonly reference: string;
  readonly byClinic: boolean;
}

/** The texts of an email that depend on its kind. */
export interface Phrase {
  readonly subject: (facts: Facts) => string;
  readonly text: (facts: Facts) => string;
}

/** Kinds sent to doctors and clinics. */
export type StaffKind =
  | 'appointment_booked'
  | 'appointment_confirmed'
  | 'appointment_rescheduled'
  | 'appointment_reassigned'
  | 'appointment_cancelled';
/** Kinds sent to patients. */
export type PatientKind = Exclude<NotificationKind, 'appointment_reassigned'>;
/** Kinds sent to patients by SMS. */
export type SmsKind = Exclude<PatientKind, 'account_created' | 'appointment_completed'>;

/** All texts of a language. A missing text is a compile error. */
export interface Translation {
  readonly greeting: (name: string) => string;
  readonly labels: Readonly<
    Record<'when' | 'formerly' | 'where' | 'phone' | 'doctor' | 'reference' | 'clinic', string>
  >;
  readonly byVideo: string;
  readonly calendarSummary: (clinic: string) => string;
  readonly patientFooter: string;
  readonly staffFooter: string;
  readonly unsubscribe: string;
  readonly patient: Readonly<Record<PatientKind, Phrase>>;
  readonly staff: Readonly<Record<StaffKind, Phrase>>;
  /** Without the doctor's name or anything else that reveals the reason of the visit. */
  readonly sms: Readonly<Record<SmsKind, (facts: Facts) => string>>;
}

/** The translations by language. */
export const TRANSLATIONS: Readonly<Record<Language, Translation>> = { en, es, pt };

type FormatTime = (instant: string, timeZone: string, language: Language) => string;

/** Builds the values for the phrases of a message. `formatTime` formats its start time. */
export function buildFacts({ appointment, clinic, language }: NotificationContent, formatTime: FormatTime): Facts {
  if (!appointment || !clinic) return { clinic: '', when: '', until: '', reference: '', byClinic: false };
  return {
    clinic: clinic.name,
    when: formatTime(appointment.startTime, clinic.timeZone, language),
    until: appointment.expiresAt ? formatTimeOfDay(appointment.expiresAt, clinic.timeZone, language) : '',
    reference: appointment.reference,
    byClinic: appointment.cancelledBy === 'clinic',
  };
}

/** Returns the error for a kind in notification_catalogue() that has no text here. */
export const createMissingPhraseError = ({ kind, recipient }: NotificationContent) =>
  new Error(`The translations have no text for ${kind} to a ${recipient}.`);
