import { randomUUID } from 'node:crypto';
import { logError } from '../shared/log.ts';
import type { Db } from '../shared/sql.ts';
import { renderEmail } from './messages/render-email.ts';
import {
  type BeginDeliveryResult,
  beginDelivery,
  blockAddress,
  claimSending,
  recordFailed,
  recordPostponed,
  recordSent,
  recordUnknown,
} from './notifications.sql.ts';
import type { Send, SendResult } from './send-to-provider.ts';
import type { OutgoingEmail } from './ses-provider.ts';
import type { OutgoingSms } from './sns-provider.ts';

/** The dependencies of a delivery. */
export interface DeliveryDeps {
  readonly db: Db;
  readonly prepareEmail: (email: OutgoingEmail) => Promise<Send>;
  readonly prepareSms: (sms: OutgoingSms) => Promise<Send>;
  /** The sender address of emails. */
  readonly mailFrom: string;
  /** The base URL of links in emails, with a trailing slash. */
  readonly apiUrl: string;
}

/** The outcome of one delivery attempt. `failed` and `dead` keep the message in the queue, to be retried or to become a dead letter. */
export type DeliveryOutcome = 'sent' | 'postponed' | 'failed' | Exclude<BeginDeliveryResult['outcome'], 'begun'>;

/** Renderings per attempt. If the appointment changes during each of them, the queue retries later. */
const MAX_RENDERINGS = 3;

/**
 * Sends one notification, unless it was sent, is being sent by another run, or is outdated. If the appointment changes before
 * the message goes to the provider, the message is rendered again.
 */
export async function deliverNotification(deps: DeliveryDeps, id: string, isReplay: boolean): Promise<DeliveryOutcome> {
  const { db } = deps;
  const token = randomUUID();
  for (let renderings = 0; renderings < MAX_RENDERINGS; renderings += 1) {
    const delivery = await beginDelivery(db, id, token, isReplay);
    if (delivery.outcome !== 'begun') return delivery.outcome;
    const send = await prepareMessage(deps, id, delivery);
    if (send instanceof Error) return (await recordFailed(db, id, token, send.name)) ? 'dead' : 'failed';
    if (await claimSending(db, id, token, delivery.content.appointment?.version)) {
      return recordSendResult(db, id, token, delivery.to, await send());
    }
  }
  return (await recordFailed(db, id, token, 'changes_too_often')) ? 'dead' : 'failed';
}

type BegunDelivery = Extract<BeginDeliveryResult, { outcome: 'begun' }>;

/** Renders the message. Returns a rendering error instead of throwing it, so that other notifications are still delivered. */
async function prepareMessage(
  deps: DeliveryDeps,
  id: string,
  { to, content, unsubscribeToken, channel }: BegunDelivery,
): Promise<Send | Error> {
  try {
    if (channel === 'sms') {
      // Loaded on demand: few users choose SMS, and the transliteration tables are large.
      const { renderSms } = await import('./messages/render-sms.ts');
      return await deps.prepareSms({ to, text: renderSms(content) });
    }
    const unsubscribeUrl = unsubscribeToken
      ? new URL(`unsubscribe?token=${unsubscribeToken}`, deps.apiUrl).href
      : undefined;
    const message = renderEmail(content, { from: deps.mailFrom, to, unsubscribeUrl });
    return await deps.prepareEmail({ id, to, message, unsubscribeUrl });
  } catch (error) {
    logError('message_render_failed', error, { notificationId: id });
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function recordSendResult(
  db: Db,
  id: string,
  token: string,
  to: string,
  result: SendResult,
): Promise<DeliveryOutcome> {
  switch (result.outcome) {
    case 'accepted':
      await recordSent(db, id, token, result.providerId);
      return 'sent';
    case 'postponed':
      await recordPostponed(db, id, token, result.reason);
      return 'postponed';
    case 'unknown':
      await recordUnknown(db, id, token, result.reason);
      return 'unknown';
    case 'opted_out':
      // The next attempt finds the address blocked and suppresses the notification.
      await blockAddress(db, to, 'opted_out');
      return (await recordFailed(db, id, token, result.reason)) ? 'dead' : 'failed';
    case 'refused':
      return (await recordFailed(db, id, token, result.reason)) ? 'dead' : 'failed';
  }
}
