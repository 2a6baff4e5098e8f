import { type Db, oneRow } from '../shared/sql.ts';
import type { MailFeedback } from './mail-event.ts';
import type { Content } from './notification.ts';

/** See plan_notifications() in the migrations. Without a request those of all. Answers of how many changes. */
export async function planNotifications(db: Db, requestId: string | null, limit: number): Promise<number> {
  const result = await db.query<{ planned: number }>('select plan_notifications($1::text, $2::int) as planned', [
    requestId,
    limit,
  ]);
  return oneRow(result).planned;
}

/** See notifications_of_request() in the migrations. */
export async function listOfRequest(db: Db, requestId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from notifications_of_request($1::text)', [requestId]);
  return rows.map(({ id }) => id);
}

/** See due_notifications() in the migrations. */
export async function listDue(db: Db, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from due_notifications($1::int)', [limit]);
  return rows.map(({ id }) => id);
}

/** See mark_queued() in the migrations. */
export async function markQueued(db: Db, ids: readonly string[]): Promise<void> {
  await db.query('select mark_queued($1::uuid[])', [ids]);
}

/** See notification_delays() in the migrations. */
export async function readDelays(db: Db): Promise<{ unpublishedSeconds: number; unsentSeconds: number }> {
  return oneRow(
    await db.query<{ unpublishedSeconds: number; unsentSeconds: number }>(
      'select unpublished_seconds as "unpublishedSeconds", unsent_seconds as "unsentSeconds" from notification_delays()',
    ),
  );
}

/** See clinics_that_remind() in the migrations. */
export async function listRemindingClinics(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from clinics_that_remind()');
  return rows.map(({ id }) => id);
}

/** See plan_reminders() in the migrations. Answers how many. */
export async function planReminders(db: Db, clinicId: string): Promise<number> {
  return oneRow(await db.query<{ planned: number }>('select plan_reminders($1::uuid) as planned', [clinicId])).planned;
}

/** What begin_delivery() in the migrations answers. */
export type Beginning =
  | {
      readonly outcome: 'begun';
      readonly channel: 'email' | 'sms';
      readonly to: string;
      readonly content: Content;
      readonly unsubscribeToken: string | null;
    }
  | { readonly outcome: 'settled' | 'suppressed' | 'early' | 'busy' | 'unknown' | 'dead' };

/** See begin_delivery() in the migrations. `token` is this try's. */
export async function beginDelivery(db: Db, id: string, token: string, revive: boolean): Promise<Beginning> {
  const result = await db.query<{ beginning: Beginning }>(
    'select begin_delivery($1::uuid, $2::uuid, $3::boolean) as beginning',
    [id, token, revive],
  );
  return oneRow(result).beginning;
}

/** See claim_sending() in the migrations. `version` is that of the appointment that the message was written about. */
export async function claimSending(db: Db, id: string, token: string, version: number | undefined): Promise<boolean> {
  const result = await db.query<{ claimed: boolean }>('select claim_sending($1::uuid, $2::uuid, $3::int) as claimed', [
    id,
    token,
    version,
  ]);
  return oneRow(result).claimed;
}

/** See record_sent() in the migrations. */
export async function recordSent(db: Db, id: string, token: string, providerId: string): Promise<void> {
  await db.query('select record_sent($1::uuid, $2::uuid, $3::text)', [id, token, providerId]);
}

/** See record_postponed() in the migrations. */
export async function recordPostponed(db: Db, id: string, token: string, reason: string): Promise<void> {
  await db.query('select record_postponed($1::uuid, $2::uuid, $3::text)', [id, token, reason]);
}

/** See record_failed() in the migrations. Whether it is not tried again. */
export async function recordFailed(db: Db, id: string, token: string, reason: string): Promise<boolean> {
  const result = await db.query<{ dead: boolean }>('select record_failed($1::uuid, $2::uuid, $3::text) as dead', [
    id,
    token,
    reason,
  ]);
  return oneRow(result).dead;
}

/** See record_unknown() in the migrations. */
export async function recordUnknown(db: Db, id: string, token: string, reason: string): Promise<void> {
  await db.query('select record_unknown($1::uuid, $2::uuid, $3::text)', [id, token, reason]);
}

/** See block_address() in the migrations. False: it was so already. */
export async function blockAddress(
  db: Db,
  address: string,
  reason: 'bounced' | 'complained' | 'opted_out',
): Promise<boolean> {
  const result = await db.query<{ blocked: boolean }>('select block_address($1::text, $2::text) as blocked', [
    address,
    reason,
  ]);
  return oneRow(result).blocked;
}

/** See record_mail_event() in the migrations. */
export async function recordMailEvent(
  db: Db,
  id: string,
  providerId: string,
  feedback: MailFeedback | null,
): Promise<void> {
  await db.query('select record_mail_event($1::uuid, $2::text, $3::text)', [id, providerId, feedback]);
}
