import type pg from 'pg';
import { expect } from 'vitest';

/**
 * Expects the invariants of appointments, slots, outbox and audit log, which hold after any operation. A test that writes rows directly
 * must also write the outbox rows that the SQL functions would.
 */
export async function expectInvariants(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query(`
    with claims as not materialized (
      select appointment_slots.appointment_id, slots.id, slots.doctor_id, slots.start_time, slots.end_time
      from appointment_slots join availability_slots slots on slots.id = appointment_slots.slot_id
      where appointment_slots.active
    ), published_states as (
      select outbox.id as row_id, (slot ->> 'id')::uuid as slot_id, (slot ->> 'version')::int as version, slot ->> 'status' as status
      from outbox, jsonb_array_elements(slots) slot
    )
    select
      (select count(*)::int from (select from claims group by id having count(*) > 1) twice) as "claimedTwice",
      (select count(*)::int from availability_slots s where (s.status = 'booked') <> exists (
        select from claims join appointments a on a.id = claims.appointment_id
        where claims.id = s.id and a.status in ('booked', 'completed', 'no_show'))) as "bookedWithoutAppointment",
      (select count(*)::int from availability_slots s where (s.status = 'held') <> exists (
        select from claims join appointments a on a.id = claims.appointment_id
        where claims.id = s.id and a.status = 'pending' and a.expires_at = s.held_until)) as "heldWithoutHold",
      (select count(*)::int from appointments a where
        (select count(*) from claims where claims.appointment_id = a.id)
          <> case when a.status in ('cancelled', 'expired') then 0 else a.slot_count end) as "wrongSlotCount",
      (select count(*)::int from appointments a
        join lateral (select min(start_time) as starts, max(end_time) as ends, sum(end_time - start_time) as lasts,
            array_agg(distinct doctor_id) as doctors
          from claims where claims.appointment_id = a.id) taken on taken.starts is not null
        where (taken.starts, taken.ends, taken.lasts, taken.doctors)
          <> (a.start_time, a.end_time, a.end_time - a.start_time, array[a.doctor_id])) as "slotsDiffer",
      (select count(*)::int from appointments a where
        array(select version from outbox o where o.appointment_id = a.id order by id)
          <> array(select generate_series(1, a.version))) as "missingOutboxRows",
      (select count(*)::int from appointments a where a.version <> (
        select count(*) from audit_log l where l.entity_id = a.id and l.action <> 'read')) as "missingAuditRows",
      (select count(*)::int from (
        select from published_states group by slot_id having array_agg(version order by row_id) <> array_agg(distinct version)) again) as "versionsOutOfOrder",
      (select count(*)::int from (select distinct on (slot_id) * from published_states order by slot_id, version desc) last
        join availability_slots s on s.id = last.slot_id
        where (last.version, last.status) <> (s.version, s.status)) as "wrongLastState"`);
  expect(rows[0]).toEqual({
    claimedTwice: 0,
    bookedWithoutAppointment: 0,
    heldWithoutHold: 0,
    wrongSlotCount: 0,
    slotsDiffer: 0,
    missingOutboxRows: 0,
    missingAuditRows: 0,
    versionsOutOfOrder: 0,
    wrongLastState: 0,
  });
  const { rows: stats } = await owner.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  expect(stats[0]).toEqual({ deadlocks: 0 });
}
