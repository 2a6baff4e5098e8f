import { toGsmText } from '../../../lambdas/notifications/messages/gsm-text.ts';
import { type SmsKind, TRANSLATIONS } from '../../../lambdas/notifications/messages/translations.ts';
import type { TestProvider } from './test-provider.ts';

/** Counts the messages that the provider accepted, including those without a response. */
export interface AcceptedMessages {
  /** Updates the counts. Call it at least once per 1,000 messages, which is all that the provider keeps. */
  update(): void;
  /** Returns the number of copies of an email, by the notification id in its SES tag. */
  countEmails(notificationId: string): number;
  /** Returns the number of copies of an SMS, which has no tag, by appointment reference and kind. */
  countSms(reference: string, kind: string): number;
  readonly total: { emails: number; sms: number };
}

/** Creates a counter that reads the provider's messages, not the database. */
export function countAcceptedMessages(provider: TestProvider): AcceptedMessages {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  const total = { emails: 0, sms: 0 };
  const increment = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    total,
    update() {
      for (const { id, channel, tags, text = '' } of provider.acceptedMessages()) {
        if (seen.has(id)) break;
        total[channel === 'sms' ? 'sms' : 'emails'] += 1;
        increment(channel === 'sms' ? toSmsKey(text) : (tags.notification ?? ''));
      }
      for (const { id } of provider.acceptedMessages()) seen.add(id);
    },
    countEmails: (notificationId) => counts.get(notificationId) ?? 0,
    countSms: (reference, kind) => counts.get(`${reference} ${kind}`) ?? 0,
  };
}

function toSmsKey(text: string): string {
  const kind = PATTERNS.find(({ pattern }) => pattern.test(text))?.kind;
  const reference = /MB-[0-9A-Z]{10}/.exec(text)?.[0];
  if (!kind || !reference) throw new Error(`This SMS matches no known text: ${text}`);
  return `${reference} ${kind}`;
}

const PLACEHOLDERS = { clinic: 'CLINIC', when: 'WHEN', until: 'UNTIL', reference: 'REFERENCE' };

/** The pattern of each kind of SMS in each language. */
const PATTERNS = Object.values(TRANSLATIONS).flatMap(({ sms }) =>
  Object.entries(sms).flatMap(([kind, phrase]) =>
    [true, false].map((byClinic) => ({
      kind: kind as SmsKind,
      pattern: toPattern(phrase({ ...PLACEHOLDERS, byClinic })),
    })),
  ),
);

function toPattern(phrase: string): RegExp {
  const literal = toGsmText(phrase).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(/CLINIC|WHEN|UNTIL|REFERENCE/g, '.+')}$`);
}
