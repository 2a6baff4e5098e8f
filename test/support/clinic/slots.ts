import type pg from 'pg';

export interface SlotRow {
  readonly status: string;
  readonly statusWhenReleased: string;
  readonly version: number;
  readonly heldUntil: Date | null;
}

/** Slots as they are stored, in the order of the ids. */
export async function readSlots(owner: pg.Client, slotIds: readonly string[]): Promise<SlotRow[]> {
  const { rows } = await owner.query<SlotRow>(
    `select status, status_when_released as "statusWhenReleased", version, held_until as "heldUntil"
     from unnest($1::uuid[]) with ordinality as requested (id, position) join availability_slots using (id) order by position`,
    [slotIds],
  );
  return rows;
}

/**
 * What a change of schedule does to slots: those that are free become it, those that are held or booked will when they are released.
 * `free` offers them again.
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

/** What the outbox tells of an appointment, in its order: `kind version: slot states`, as `appointment_held 1: held/2 held/2`. */
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
