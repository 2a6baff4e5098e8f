import type { Language } from '@medbook/contract/language';
import { TRANSLATIONS } from '../notifications/messages/translations.ts';
import type { AppointmentFacts, ClinicFacts } from '../notifications/notification.ts';
import { createCalendar, toSingleLine } from './calendar.ts';

/** The facts in a calendar file. */
export interface CalendarFacts {
  readonly appointment: AppointmentFacts;
  readonly clinic: ClinicFacts;
  readonly language: Language;
}

/** Returns a copy of an appointment as an iCalendar file, without an invitation. */
export function createCalendarFile({ appointment, clinic, language }: CalendarFacts): string {
  const summary = toSingleLine(TRANSLATIONS[language].calendarSummary(clinic.name));
  return createCalendar({ appointment, clinic, method: 'PUBLISH', summary });
}
