import type { Language } from '../notification.ts';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', es: 'es', pt: 'pt-PT' };

/** An instant as people of the clinic's zone say it: "Monday, 23 November 2026 at 10:30 (Europe/Lisbon, WET)". */
export function longTime(instant: string, timeZone: string, language: Language): string {
  const day = write(instant, timeZone, language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return `${capitalized(day)}, ${clockTime(instant, timeZone, language)} (${timeZone}, ${zoneName(instant, timeZone, language)})`;
}

/** The same for an SMS: "Mon 23 Nov 10:30 WET". */
export function shortTime(instant: string, timeZone: string, language: Language): string {
  const day = write(instant, timeZone, language, { weekday: 'short', day: 'numeric', month: 'short' });
  const words = day.replaceAll(/[,.]/g, '').replaceAll(' de ', ' ');
  return `${capitalized(words)} ${clockTime(instant, timeZone, language)} ${zoneName(instant, timeZone, language)}`;
}

/** "10:30". */
export function clockTime(instant: string, timeZone: string, language: Language): string {
  return write(instant, timeZone, language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function zoneName(instant: string, timeZone: string, language: Language): string {
  const parts = new Intl.DateTimeFormat(LOCALES[language], { timeZone, timeZoneName: 'short' }).formatToParts(
    new Date(instant),
  );
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

function write(instant: string, timeZone: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone, ...options }).format(new Date(instant));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
