import type pg from 'pg';

export interface SlotRow {
  readonly status: string;
  readonly statusWhenReleased: string;
  readonly version: number;
  readonly heldUntil: Date | null;
}

/** Reads the stored slots, in the order of the ids. */
export async function readSlots(owner: pg.Client, slotIds: readonly string[]): Promise<SlotRow[]> {
  const { rows } = await owner.query<SlotRow>(
    `select status, status_when_released as "statusWhenReleased", version, held_until as "heldUntil"
     from unnest($1::uuid[]) with ordinality as requested (id, position) join availability_slots using (id) order by position`,
    [slotIds],
  );
  return rows;
}

/**
 * Changes slots as a change of schedule does: free slots get the status at once, held or booked slots when they are released.
 * `free` makes them available again.
 */
export async function setStatusWhenReleased(
  owner: pg.Client,
  slotIds: readonly string[],
  statusWhenReleased: 'free' | 'blocked' | 'holiday' | 'withdrawn',
): Promise<void> {
  await owner.query(
    `with changed as (
       update availability_slots set
         status = case when status in ('held', 'booked') then status else $2 end,
         status_when_released = $2,
         version = version + 1
       where id = any ($1::uuid[])
       returning *
     )
     insert into outbox (kind, clinic_id, slots)
     select 'slots_changed', clinic_id, jsonb_build_array(jsonb_build_object('id', id, 'status', status, 'version', version))
     from changed`,
    [slotIds, statusWhenReleased],
  );
}

/** Reads the outbox rows of an appointment in order, each as `kind version: slot states`; for example `appointment_held 1: held/2 held/2`. */
export async function readPublishedChanges(owner: pg.Client, appointmentId: string): Promise<string[]> {
  const { rows } = await owner.query<{ change: string }>(
    `select kind || ' ' || version || coalesce((
       select ': ' || string_agg((slot ->> 'status') || '/' || (slot ->> 'version'), ' ' order by place)
       from jsonb_array_elements(slots) with ordinality as slots (slot, place)), '') as change
     from outbox where appointment_id = $1 order by id`,
    [appointmentId],
  );
  return rows.map((row) => row.change);
}
