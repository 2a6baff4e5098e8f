import type { NotificationContent, NotificationKind } from '../notification.ts';
import { formatShortTime } from './format-time.ts';
import { toGsmText, truncate } from './gsm-text.ts';
import { buildFacts, createMissingPhraseError, type Facts, TRANSLATIONS } from './translations.ts';

/** Renders an SMS of at most 160 characters of the GSM alphabet. @throws when the translation has no text for this kind */
export function renderSms(content: NotificationContent): string {
  const phrases: Partial<Record<NotificationKind, (facts: Facts) => string>> = TRANSLATIONS[content.language].sms;
  const phrase = phrases[content.kind];
  if (!phrase) throw createMissingPhraseError(content);
  const facts = buildFacts(content, formatShortTime);
  const render = (clinic: string) => toGsmText(phrase({ ...facts, clinic }));
  // Only the clinic's name is shortened: the length of everything else is known, and fits.
  const maxClinicLength = MAX_SMS_LENGTH - render('').length;
  return render(truncate(maxClinicLength, toGsmText(facts.clinic)));
}

const MAX_SMS_LENGTH = 160;
