import type pg from 'pg';

/** A row of notifications, as tests read it. */
export interface NotificationRow {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly channel: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly unknown_outcomes: number;
  readonly feedback: string | null;
}

/** Lists the notifications of an appointment, ordered by kind and recipient. `owner` is the owner's connection. */
export async function listNotifications(owner: pg.Client, appointmentId: string): Promise<NotificationRow[]> {
  const { rows } = await owner.query<NotificationRow>(
    `select id, kind, recipient, channel, status, reason, attempts, unknown_outcomes, feedback
     from notifications where appointment_id = $1 order by kind, recipient, channel, created_at`,
    [appointmentId],
  );
  return rows;
}

/** Summarizes the notifications of an appointment, each as `appointment_booked patient email pending`. */
export async function summarizeNotifications(owner: pg.Client, appointmentId: string): Promise<string[]> {
  const rows = await listNotifications(owner, appointmentId);
  return rows.map(({ kind, recipient, channel, status }) => `${kind} ${recipient} ${channel} ${status}`);
}
