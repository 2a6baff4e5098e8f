import type { AppointmentFacts, ClinicFacts, Language } from '../notification.ts';
import { calendarOf, oneLine } from './calendar.ts';
import { WORDS } from './words.ts';

/** What a calendar needs to know. */
export interface CalendarFacts {
  readonly appointment: AppointmentFacts;
  readonly clinic: ClinicFacts;
  readonly language: Language;
}

/** A copy of an appointment, for whoever asks for one. */
export function calendarFile({ appointment, clinic, language }: CalendarFacts): string {
  const summary = oneLine(WORDS[language].calendarSummary(clinic.name));
  return calendarOf({ appointment, clinic, method: 'PUBLISH', summary });
}
