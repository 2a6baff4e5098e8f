import type { SNSEvent } from 'aws-lambda';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { readMailEvent } from './mail-event.ts';
import { blockAddress, recordMailEvent } from './notifications.sql.ts';

/** Notes what SES tells of e-mails, in any order and any number of times; who bounced for good or complained gets no more. */
export async function noteMailEvents(db: Db, { Records }: SNSEvent): Promise<void> {
  for (const { Sns } of Records) {
    const event = readMailEvent(Sns.Message);
    if (!event) continue;
    const { notificationId, providerId, feedback, blocked, reason } = event;
    for (const address of blocked) if (await blockAddress(db, address, reason)) count('AddressesBlocked');
    if (notificationId) await recordMailEvent(db, notificationId, providerId, feedback);
  }
}
