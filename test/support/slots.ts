import type pg from 'pg';

export interface SlotRow {
  readonly status: string;
  readonly releaseTo: string;
  readonly version: number;
  readonly heldUntil: Date | null;
}

/** Slots as they are stored, in the order of the ids. */
export async function readSlots(owner: pg.Client, slotIds: readonly string[]): Promise<SlotRow[]> {
  const { rows } = await owner.query<SlotRow>(
    `select status, release_to as "releaseTo", version, held_until as "heldUntil"
     from unnest($1::uuid[]) with ordinality as asked (id, place) join availability_slots using (id) order by place`,
    [slotIds],
  );
  return rows;
}

/**
 * What a change of schedule does to slots: those that are free become it, those that are held or booked will when they are released.
 * `free` offers them again.
 */
export async function setRelease(
  owner: pg.Client,
  slotIds: readonly string[],
  releaseTo: 'free' | 'blocked' | 'holiday' | 'withdrawn',
): Promise<void> {
  await owner.query(
    `with changed as (
       update availability_slots set
         status = case when status in ('held', 'booked') then status else $2 end,
         release_to = $2,
         version = version + 1
       where id = any ($1::uuid[])
       returning *
     )
     insert into outbox (kind, clinic_id, slots)
     select 'slots_changed', clinic_id, jsonb_build_array(jsonb_build_object('id', id, 'status', status, 'version', version))
     from changed`,
    [slotIds, releaseTo],
  );
}

/** What the outbox tells of an appointment, in its order: `kind version: slot states`, as `appointment_held 1: held/2 held/2`. */
export async function toldOf(owner: pg.Client, appointmentId: string): Promise<string[]> {
  const { rows } = await owner.query<{ told: string }>(
    `select kind || ' ' || version || coalesce((
       select ': ' || string_agg((slot ->> 'status') || '/' || (slot ->> 'version'), ' ' order by place)
       from jsonb_array_elements(slots) with ordinality as slots (slot, place)), '') as told
     from outbox where appointment_id = $1 order by id`,
    [appointmentId],
  );
  return rows.map((row) => row.told);
}
