import { type Db, singleRow } from '../shared/sql.ts';
import type { NotificationContent } from './notification.ts';
import type { EmailFeedback } from './parse-ses-event.ts';

/** See plan_notifications() in the migrations. A null `requestId` means all requests. Returns the number of changes planned. */
export async function planNotifications(db: Db, requestId: string | null, limit: number): Promise<number> {
  const result = await db.query<{ planned: number }>('select plan_notifications($1::text, $2::int) as planned', [
    requestId,
    limit,
  ]);
  return singleRow(result).planned;
}

/** See notifications_of_request() in the migrations. */
export async function listNotificationsOfRequest(db: Db, requestId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from notifications_of_request($1::text)', [requestId]);
  return rows.map(({ id }) => id);
}

/** See due_notifications() in the migrations. */
export async function listDueNotifications(db: Db, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from due_notifications($1::int)', [limit]);
  return rows.map(({ id }) => id);
}

/** See mark_enqueued() in the migrations. */
export async function markNotificationsQueued(db: Db, ids: readonly string[]): Promise<void> {
  await db.query('select mark_enqueued($1::uuid[])', [ids]);
}

/** See notification_delays() in the migrations. */
export async function readNotificationDelays(db: Db): Promise<{ unpublishedSeconds: number; unsentSeconds: number }> {
  return singleRow(
    await db.query<{ unpublishedSeconds: number; unsentSeconds: number }>(
      'select unpublished_seconds as "unpublishedSeconds", unsent_seconds as "unsentSeconds" from notification_delays()',
    ),
  );
}

/** See clinics_with_reminders() in the migrations. */
export async function listClinicsWithReminders(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from clinics_with_reminders()');
  return rows.map(({ id }) => id);
}

/** See plan_reminders() in the migrations. Returns the number of reminders planned. */
export async function planReminders(db: Db, clinicId: string): Promise<number> {
  return singleRow(await db.query<{ planned: number }>('select plan_reminders($1::uuid) as planned', [clinicId]))
    .planned;
}

/** The result of begin_delivery() in the migrations. */
export type BeginDeliveryResult =
  | {
      readonly outcome: 'begun';
      readonly channel: 'email' | 'sms';
      readonly to: string;
      readonly content: NotificationContent;
      readonly unsubscribeToken: string | null;
    }
  | { readonly outcome: 'finished' | 'suppressed' | 'not_due' | 'busy' | 'unknown' | 'dead' };

/** See begin_delivery() in the migrations. `token` identifies this attempt. */
export async function beginDelivery(
  db: Db,
  id: string,
  token: string,
  isReplay: boolean,
): Promise<BeginDeliveryResult> {
  const result = await db.query<{ delivery: BeginDeliveryResult }>(
    'select begin_delivery($1::uuid, $2::uuid, $3::boolean) as delivery',
    [id, token, isReplay],
  );
  return singleRow(result).delivery;
}

/**
 * See begin_sending() in the migrations. `version` is the version of the appointment that the message was rendered from. Returns false if
 * the message must not be sent.
 */
export async function claimSending(db: Db, id: string, token: string, version: number | undefined): Promise<boolean> {
  const result = await db.query<{ claimed: boolean }>('select begin_sending($1::uuid, $2::uuid, $3::int) as claimed', [
    id,
    token,
    version,
  ]);
  return singleRow(result).claimed;
}

/** See record_sent() in the migrations. */
export async function recordSent(db: Db, id: string, token: string, providerId: string): Promise<void> {
  await db.query('select record_sent($1::uuid, $2::uuid, $3::text)', [id, token, providerId]);
}

/** See record_postponed() in the migrations. */
export async function recordPostponed(db: Db, id: string, token: string, reason: string): Promise<void> {
  await db.query('select record_postponed($1::uuid, $2::uuid, $3::text)', [id, token, reason]);
}

/** See record_failed() in the migrations. Returns true if this was the last attempt. */
export async function recordFailed(db: Db, id: string, token: string, reason: string): Promise<boolean> {
  const result = await db.query<{ dead: boolean }>('select record_failed($1::uuid, $2::uuid, $3::text) as dead', [
    id,
    token,
    reason,
  ]);
  return singleRow(result).dead;
}

/** See record_unknown() in the migrations. */
export async function recordUnknown(db: Db, id: string, token: string, reason: string): Promise<void> {
  await db.query('select record_unknown($1::uuid, $2::uuid, $3::text)', [id, token, reason]);
}

/** See block_address() in the migrations. Returns false if the address was blocked already. */
export async function blockAddress(
  db: Db,
  address: string,
  reason: 'bounced' | 'complained' | 'opted_out',
): Promise<boolean> {
  const result = await db.query<{ blocked: boolean }>('select block_address($1::text, $2::text) as blocked', [
    address,
    reason,
  ]);
  return singleRow(result).blocked;
}

/** See record_email_event() in the migrations. */
export async function recordEmailEvent(
  db: Db,
  id: string,
  providerId: string,
  feedback: EmailFeedback | null,
): Promise<void> {
  await db.query('select record_email_event($1::uuid, $2::text, $3::text)', [id, providerId, feedback]);
}
