import { randomUUID } from 'node:crypto';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import type { Email } from './email.ts';
import { emailOf } from './messages/email.ts';
import {
  type Beginning,
  beginDelivery,
  blockAddress,
  claimSending,
  recordFailed,
  recordPostponed,
  recordSent,
  recordUnknown,
} from './notifications.sql.ts';
import type { Send, Taking } from './provider.ts';
import type { Sms } from './sms.ts';

export interface DeliveryDeps {
  readonly db: Db;
  readonly prepareEmail: (email: Email) => Promise<Send>;
  readonly prepareSms: (sms: Sms) => Promise<Send>;
  /** The address that e-mails come from. */
  readonly mailFrom: string;
  /** What links in e-mails begin with, with a slash at its end. */
  readonly apiUrl: string;
}

/** What became of a notification in this try. `failed` and `dead` are for its message to stay in the queue. */
export type Delivery = 'sent' | 'postponed' | 'failed' | Exclude<Beginning['outcome'], 'begun'>;

/** So often in a row an appointment may change while its message is being written; the queue brings it again later. */
const REWRITES = 3;

/**
 * Sends one notification, unless it is sent, being sent, or no longer true. What it says is what is true at this moment: if that
 * changes before the provider is asked, it is written anew.
 */
export async function deliver(deps: DeliveryDeps, id: string, revive: boolean): Promise<Delivery> {
  const { db } = deps;
  const token = randomUUID();
  for (let written = 0; written < REWRITES; written += 1) {
    const beginning = await beginDelivery(db, id, token, revive);
    if (beginning.outcome !== 'begun') return beginning.outcome;
    const send = await prepare(deps, id, beginning);
    if (send instanceof Error) return (await recordFailed(db, id, token, send.name)) ? 'dead' : 'failed';
    if (await claimSending(db, id, token, beginning.content.appointment?.version)) {
      return record(db, id, token, beginning.to, await send());
    }
  }
  return (await recordFailed(db, id, token, 'changes_too_often')) ? 'dead' : 'failed';
}

type Begun = Extract<Beginning, { outcome: 'begun' }>;

/** Writes the message. What cannot be written is a fault of ours in this message alone: it is answered, so that the others go on. */
async function prepare(
  deps: DeliveryDeps,
  id: string,
  { to, content, unsubscribeToken, channel }: Begun,
): Promise<Send | Error> {
  try {
    if (channel === 'sms') {
      // Few want SMS, and the alphabets of the world are in it.
      const { smsOf } = await import('./messages/sms.ts');
      return await deps.prepareSms({ to, text: smsOf(content) });
    }
    const unsubscribeUrl = unsubscribeToken
      ? new URL(`unsubscribe?token=${unsubscribeToken}`, deps.apiUrl).href
      : undefined;
    const message = emailOf(content, { from: deps.mailFrom, to, unsubscribeUrl });
    return await deps.prepareEmail({ id, to, message, unsubscribeUrl });
  } catch (error) {
    logError('message_not_written', error, { notificationId: id });
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function record(db: Db, id: string, token: string, to: string, taking: Taking): Promise<Delivery> {
  switch (taking.outcome) {
    case 'taken':
      await recordSent(db, id, token, taking.providerId);
      return 'sent';
    case 'postponed':
      await recordPostponed(db, id, token, taking.reason);
      return 'postponed';
    case 'unknown':
      await recordUnknown(db, id, token, taking.reason);
      return 'unknown';
    case 'opted_out':
      // It is tried once more, and suppressed because of this.
      await blockAddress(db, to, 'opted_out');
      return (await recordFailed(db, id, token, taking.reason)) ? 'dead' : 'failed';
    case 'refused':
      return (await recordFailed(db, id, token, taking.reason)) ? 'dead' : 'failed';
  }
}
