import type { Appointment } from '@medbook/contract/appointment';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { expect, vi } from 'vitest';
import type { CommandResult } from '../../../lambdas/appointments/appointments.sql.ts';
import type { FreeSlotIndex } from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { getDayKeys, toUtcDay } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';
import { syncDay } from '../../../lambdas/availability/free-slot-index/sync-day.ts';
import { publishToIndex } from '../../../lambdas/outbox/publish-to-index.ts';
import { type ChangedSlots, updateFreeSlotIndex } from '../../../lambdas/outbox/update-free-slot-index.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../clinic/booking-clients.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from '../clinic/insert-clinic.ts';
import { readSlotsOfDay } from './sync-index.ts';

/**
 * What can happen to the slots of a clinic and to their index. A `late` change is published later. A `never` change is not published by its
 * function, which died after the commit.
 */
const ACTIONS = [
  'book',
  'book late',
  'book never',
  'cancel',
  'cancel late',
  'cancel never',
  'hold',
  'reschedule late',
  'block',
  'deliver',
  'deliver again',
  'relay',
  'relay',
  'sync',
  'slow sync',
  'slow sync',
  'lose the set',
  'lose the hash',
  'lose all',
  'fill the cache',
  'make room',
] as const;
type Action = (typeof ACTIONS)[number];

/** Generates the actions of three concurrent functions, each of which performs its actions in order. */
export const interleaving = fc.tuple(...[0, 1, 2].map(() => fc.array(fc.constantFrom(...ACTIONS), { maxLength: 10 })));

export interface InterleavingEnvironment {
  readonly owner: pg.Client;
  /** A connection for each function. */
  readonly patients: readonly Db[];
  readonly relay: Db;
  readonly resync: Db;
  readonly index: FreeSlotIndex;
  readonly operator: Redis;
}

/**
 * Performs the actions in a new clinic. Once the outbox is drained, the index must either equal the database or serve no reads. After one
 * more sync it must serve reads.
 */
export async function runInterleaving(
  environment: InterleavingEnvironment,
  functions: readonly (readonly Action[])[],
): Promise<void> {
  const { owner, patients, relay, resync, index, operator } = environment;
  const clinic = await insertClinic(owner, { doctors: 2, horizonDays: 5 });
  const start = startTimeInDays(3);
  const day = toUtcDay(start);
  const slotIds = await insertSlots(owner, clinic, start, 3);
  const subs = await insertPatients(owner, functions.length);
  const pendingChanges: (readonly ChangedSlots[])[] = [];
  const appliedChanges: (readonly ChangedSlots[])[] = [];
  await sync();

  await Promise.all(functions.map((actions, functionNumber) => perform(actions, functionNumber)));

  await operator.config('SET', 'maxmemory', '0');
  for (const changedSlots of pendingChanges) await updateFreeSlotIndex(index, changedSlots);
  // After an error of the cache, its circuit breaker rejects calls for a while.
  await vi.waitFor(drain, { timeout: 20_000, interval: 20 });
  const indexed = await readIndexedSlots();
  if (indexed) expect(indexed).toEqual(await readStoredSlots());
  await vi.waitFor(sync, { timeout: 20_000, interval: 20 });
  expect(await readIndexedSlots()).toEqual(await readStoredSlots());

  async function perform(actions: readonly Action[], functionNumber: number): Promise<void> {
    const db = patients[functionNumber] as Db;
    const sub = subs[functionNumber] ?? '';
    const appointments: Appointment[] = [];
    for (const [step, action] of actions.entries()) {
      const slotId = slotIds[(step * 5 + functionNumber * 2) % slotIds.length];
      const [name = '', publication] = action.split(' ');
      const appointment = appointments.at(-1);
      if (name === 'book' || name === 'hold') {
        const result = await bookForPatient(db, sub, { slotId, hold: name === 'hold' });
        if (result.result.outcome === 'done') appointments.push(result.result.appointment);
        await publish(result, publication);
      } else if ((name === 'cancel' || name === 'reschedule') && appointment) {
        const request = name === 'cancel' ? {} : { slotId };
        await publish(await changeAppointment(db, createCommand(sub), name, appointment.id, request), publication);
        if (name === 'cancel') appointments.pop();
      } else await performOtherAction(action, slotId);
    }
  }

  async function publish({ changedSlots }: CommandResult, publication: string | undefined): Promise<void> {
    if (publication === 'late') pendingChanges.push(changedSlots);
    if (publication === undefined) await updateFreeSlotIndex(index, changedSlots);
  }

  async function performOtherAction(action: Action, slotId: string | undefined): Promise<void> {
    const [set, hash] = getDayKeys(clinic.clinicId, day);
    if (action === 'deliver') {
      const changedSlots = pendingChanges.pop();
      if (changedSlots) appliedChanges.push(changedSlots);
      await updateFreeSlotIndex(index, changedSlots ?? []);
    }
    if (action === 'deliver again') await updateFreeSlotIndex(index, appliedChanges[0] ?? []);
    if (action === 'relay') await publishToIndex({ db: relay, index, remainingMilliseconds: () => 60_000 });
    if (action === 'sync') await syncDay({ db: resync, index }, { clinicId: clinic.clinicId, day });
    if (action === 'slow sync') await syncSlowly();
    if (action === 'lose the set') await operator.unlink(set);
    if (action === 'lose the hash') await operator.unlink(hash);
    if (action === 'lose all') await operator.flushall();
    if (action === 'fill the cache') await operator.config('SET', 'maxmemory', '1');
    if (action === 'make room') await operator.config('SET', 'maxmemory', '0');
    if (action === 'block') await block(slotId);
  }

  /** Blocks a slot as a change of schedule does. */
  async function block(slotId: string | undefined): Promise<void> {
    await owner.query(
      `with changed as (
         update availability_slots set
           status = case when status = 'free' then 'blocked' else status end, status_when_released = 'blocked', version = version + 1
         where id = $1 and status_when_released = 'free' returning *)
       insert into outbox (kind, clinic_id, slots)
       select 'slots_changed', clinic_id, jsonb_build_array(jsonb_build_object('id', id, 'doctorId', doctor_id,
         'startTime', to_utc_text(start_time), 'endTime', to_utc_text(end_time), 'seat', seat, 'status', status, 'version', version))
       from changed`,
      [slotId],
    );
  }

  async function drain(): Promise<void> {
    await publishToIndex({ db: relay, index, remainingMilliseconds: () => 60_000 });
    const { rows } = await owner.query('select from outbox where indexed_at is null');
    expect(rows).toHaveLength(0);
  }

  async function sync(): Promise<void> {
    expect(await syncDay({ db: resync, index }, { clinicId: clinic.clinicId, day })).toBeDefined();
  }

  /** Syncs with a pause between snapshot and merge, in which other functions can change the slots. */
  async function syncSlowly(): Promise<void> {
    const lease = await index.acquireLease(clinic.clinicId, day);
    const snapshot = await readSlotsOfDay(owner, clinic.clinicId, day);
    await new Promise((resolve) => setTimeout(resolve, 25));
    if (lease) await index.merge(lease, snapshot);
  }

  async function readIndexedSlots(): Promise<string[] | undefined> {
    const from = new Date(`${day}T00:00:00Z`);
    const slots = await index.readSlots(clinic.clinicId, from, new Date(from.getTime() + 86_400_000));
    return slots?.map((slot) => `${slot.doctorId} ${slot.startSeconds}`).sort();
  }

  async function readStoredSlots(): Promise<string[]> {
    const slots = await readSlotsOfDay(owner, clinic.clinicId, day);
    const free = slots.filter(({ status }) => status === 'free');
    return free.map((slot) => `${slot.doctorId} ${Date.parse(slot.startTime) / 1000}`).sort();
  }
}
