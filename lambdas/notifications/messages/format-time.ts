import type { Language } from '@medbook/contract/language';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', es: 'es', pt: 'pt-PT' };

/** Formats an instant in the clinic's time zone: "Monday, 23 November 2026 at 10:30 (Europe/Lisbon, WET)". */
export function formatLongTime(instant: string, timeZone: string, language: Language): string {
  const day = format(instant, timeZone, language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return `${capitalize(day)}, ${formatTimeOfDay(instant, timeZone, language)} (${timeZone}, ${getZoneName(instant, timeZone, language)})`;
}

/** Formats an instant for an SMS: "Mon 23 Nov 10:30 WET". */
export function formatShortTime(instant: string, timeZone: string, language: Language): string {
  const day = format(instant, timeZone, language, { weekday: 'short', day: 'numeric', month: 'short' });
  const shortDay = day.replaceAll(/[,.]/g, '').replaceAll(' de ', ' ');
  return `${capitalize(shortDay)} ${formatTimeOfDay(instant, timeZone, language)} ${getZoneName(instant, timeZone, language)}`;
}

/** Formats the time of day: "10:30". */
export function formatTimeOfDay(instant: string, timeZone: string, language: Language): string {
  return format(instant, timeZone, language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function getZoneName(instant: string, timeZone: string, language: Language): string {
  const parts = new Intl.DateTimeFormat(LOCALES[language], { timeZone, timeZoneName: 'short' }).formatToParts(
    new Date(instant),
  );
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

function format(instant: string, timeZone: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone, ...options }).format(new Date(instant));
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
