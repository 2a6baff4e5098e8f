import { toGsm } from '../../lambdas/notifications/messages/gsm.ts';
import { type SmsKind, WORDS } from '../../lambdas/notifications/messages/words.ts';
import type { Provider } from './provider.ts';

/** How often the provider has taken what, whether or not it said so. */
export interface TakenMessages {
  /** Looks again; to be called before the provider has forgotten the oldest of a thousand. */
  look(): void;
  /** Of an e-mail, by the tag that SES tells it by. */
  emails(notificationId: string): number;
  /** Of an SMS, which has no tag: by what it is about and what it says. */
  sms(reference: string, kind: string): number;
  readonly total: { emails: number; sms: number };
}

/** Counts at the provider, not in the database. */
export function takenBy(provider: Provider): TakenMessages {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  const total = { emails: 0, sms: 0 };
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    total,
    look() {
      for (const { id, channel, tags, text = '' } of provider.taken()) {
        if (seen.has(id)) break;
        total[channel === 'sms' ? 'sms' : 'emails'] += 1;
        add(channel === 'sms' ? keyOfSms(text) : (tags.notification ?? ''));
      }
      for (const { id } of provider.taken()) seen.add(id);
    },
    emails: (notificationId) => counts.get(notificationId) ?? 0,
    sms: (reference, kind) => counts.get(`${reference} ${kind}`) ?? 0,
  };
}

function keyOfSms(text: string): string {
  const kind = PATTERNS.find(({ pattern }) => pattern.test(text))?.kind;
  const reference = /MB-[0-9A-Z]{10}/.exec(text)?.[0];
  if (!kind || !reference) throw new Error(`This SMS says nothing that is known: ${text}`);
  return `${reference} ${kind}`;
}

const BLANK = { clinic: 'CLINIC', when: 'WHEN', until: 'UNTIL', reference: 'REFERENCE' };

/** What each kind reads like in each language, whatever it is about. */
const PATTERNS = Object.values(WORDS).flatMap(({ sms }) =>
  Object.entries(sms).flatMap(([kind, phrase]) =>
    [true, false].map((byClinic) => ({ kind: kind as SmsKind, pattern: patternOf(phrase({ ...BLANK, byClinic })) })),
  ),
);

function patternOf(written: string): RegExp {
  const literal = toGsm(written).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(/CLINIC|WHEN|UNTIL|REFERENCE/g, '.+')}$`);
}
