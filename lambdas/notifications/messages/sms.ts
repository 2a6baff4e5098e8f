import type { Content, Kind } from '../notification.ts';
import { cutTo, toGsm } from './gsm.ts';
import { shortTime } from './when.ts';
import { type Facts, factsOf, noWords, WORDS } from './words.ts';

/** Writes an SMS: 160 characters at most, all of which an SMS has. @throws when there are no words for such a message */
export function smsOf(content: Content): string {
  const phrases: Partial<Record<Kind, (facts: Facts) => string>> = WORDS[content.language].sms;
  const phrase = phrases[content.kind];
  if (!phrase) throw noWords(content);
  const facts = factsOf(content, shortTime);
  const written = (clinic: string) => toGsm(phrase({ ...facts, clinic }));
  // The name of the clinic gives way: all else has a length that is known, and fits.
  const room = SMS_LENGTH - written('').length;
  return written(cutTo(room, toGsm(facts.clinic)));
}

const SMS_LENGTH = 160;
