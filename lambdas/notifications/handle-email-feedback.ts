import type { SNSEvent } from 'aws-lambda';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { blockAddress, recordEmailEvent } from './notifications.sql.ts';
import { parseSesEvent } from './parse-ses-event.ts';

/** Records SES events, in any order and any number of times. Blocks addresses after a permanent bounce or a complaint. */
export async function handleEmailFeedback(db: Db, { Records }: SNSEvent): Promise<void> {
  for (const { Sns } of Records) {
    const event = parseSesEvent(Sns.Message);
    if (!event) continue;
    const { notificationId, providerId, feedback, blockedAddresses, blockReason } = event;
    for (const address of blockedAddresses)
      if (await blockAddress(db, address, blockReason)) recordMetric('AddressesBlocked');
    if (notificationId) await recordEmailEvent(db, notificationId, providerId, feedback);
  }
}
