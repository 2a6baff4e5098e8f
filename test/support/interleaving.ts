import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { expect, vi } from 'vitest';
import type { Appointment } from '../../lambdas/appointments/appointment.ts';
import type { CommandAnswer } from '../../lambdas/appointments/appointments.sql.ts';
import type { FreeIndex } from '../../lambdas/availability/index/free-index.ts';
import { dayOf, keysOf } from '../../lambdas/availability/index/slots.ts';
import { syncDay } from '../../lambdas/availability/index/sync-day.ts';
import { relayToIndex } from '../../lambdas/outbox/relay-to-index.ts';
import { type ChangedSlots, tellIndex } from '../../lambdas/outbox/tell-index.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { book, change, commandOf } from './clients.ts';
import { insertClinic, insertPatients, insertSlots, startInDays } from './clinic.ts';
import { slotsOfDay } from './free-index.ts';

/** What can happen to the index and to what it is about. `late` is told later, `never` by nobody: its function died after the commit. */
const ACTIONS = [
  'book',
  'book late',
  'book never',
  'cancel',
  'cancel late',
  'cancel never',
  'hold',
  'move late',
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

/** What three functions do at once, each one thing after the other. */
export const interleaving = fc.tuple(...[0, 1, 2].map(() => fc.array(fc.constantFrom(...ACTIONS), { maxLength: 10 })));

export interface Stage {
  readonly owner: pg.Client;
  /** A connection for each function. */
  readonly patients: readonly Db[];
  readonly relay: Db;
  readonly resync: Db;
  readonly index: FreeIndex;
  readonly operator: Redis;
}

/**
 * Lets it happen at a clinic of its own. When all of it is over and the outbox is drained, the index must answer what the database
 * has for every slot, or nothing; and after one more sync it must answer.
 */
export async function liveThrough(stage: Stage, functions: readonly (readonly Action[])[]): Promise<void> {
  const { owner, patients, relay, resync, index, operator } = stage;
  const clinic = await insertClinic(owner, { doctors: 2, horizonDays: 5 });
  const start = startInDays(3);
  const day = dayOf(start);
  const slotIds = await insertSlots(owner, clinic, start, 3);
  const subs = await insertPatients(owner, functions.length);
  const undelivered: (readonly ChangedSlots[])[] = [];
  const delivered: (readonly ChangedSlots[])[] = [];
  await sync();

  await Promise.all(functions.map((actions, place) => perform(actions, place)));

  await operator.config('SET', 'maxmemory', '0');
  for (const changed of undelivered) await tellIndex(index, changed);
  // A cache that refused something is not asked again at once.
  await vi.waitFor(drain, { timeout: 20_000, interval: 20 });
  const answer = await told();
  if (answer) expect(answer).toEqual(await stored());
  await vi.waitFor(sync, { timeout: 20_000, interval: 20 });
  expect(await told()).toEqual(await stored());

  async function perform(actions: readonly Action[], place: number): Promise<void> {
    const db = patients[place] as Db;
    const sub = subs[place] ?? '';
    const mine: Appointment[] = [];
    for (const [step, action] of actions.entries()) {
      const slotId = slotIds[(step * 5 + place * 2) % slotIds.length];
      const [name = '', when] = action.split(' ');
      const appointment = mine.at(-1);
      if (name === 'book' || name === 'hold') {
        const done = await book(db, sub, { slotId, hold: name === 'hold' });
        if (done.answer.outcome === 'done') mine.push(done.answer.appointment);
        await tell(done, when);
      } else if ((name === 'cancel' || name === 'move') && appointment) {
        const command = name === 'cancel' ? 'cancel' : 'reschedule';
        const wish = name === 'cancel' ? {} : { slotId };
        await tell(await change(db, commandOf(sub), command, appointment.id, wish), when);
        if (name === 'cancel') mine.pop();
      } else await world(action, slotId);
    }
  }

  async function tell({ changed }: CommandAnswer, when: string | undefined): Promise<void> {
    if (when === 'late') undelivered.push(changed);
    if (when === undefined) await tellIndex(index, changed);
  }

  async function world(action: Action, slotId: string | undefined): Promise<void> {
    const [set, hash] = keysOf(clinic.clinicId, day);
    if (action === 'deliver') {
      const changed = undelivered.pop();
      if (changed) delivered.push(changed);
      await tellIndex(index, changed ?? []);
    }
    if (action === 'deliver again') await tellIndex(index, delivered[0] ?? []);
    if (action === 'relay') await relayToIndex({ db: relay, index, timeLeft: () => 60_000 });
    if (action === 'sync') await syncDay({ db: resync, index }, { clinicId: clinic.clinicId, day });
    if (action === 'slow sync') await syncSlowly();
    if (action === 'lose the set') await operator.unlink(set);
    if (action === 'lose the hash') await operator.unlink(hash);
    if (action === 'lose all') await operator.flushall();
    if (action === 'fill the cache') await operator.config('SET', 'maxmemory', '1');
    if (action === 'make room') await operator.config('SET', 'maxmemory', '0');
    if (action === 'block') await block(slotId);
  }

  /** As a change of schedule does it. */
  async function block(slotId: string | undefined): Promise<void> {
    await owner.query(
      `with changed as (
         update availability_slots set
           status = case when status = 'free' then 'blocked' else status end, release_to = 'blocked', version = version + 1
         where id = $1 and release_to = 'free' returning *)
       insert into outbox (kind, clinic_id, slots)
       select 'slots_changed', clinic_id, jsonb_build_array(jsonb_build_object('id', id, 'doctorId', doctor_id,
         'start', utc_text(start_time), 'end', utc_text(end_time), 'seat', seat, 'status', status, 'version', version))
       from changed`,
      [slotId],
    );
  }

  async function drain(): Promise<void> {
    await relayToIndex({ db: relay, index, timeLeft: () => 60_000 });
    const { rows } = await owner.query('select from outbox where indexed_at is null');
    expect(rows).toHaveLength(0);
  }

  async function sync(): Promise<void> {
    expect(await syncDay({ db: resync, index }, { clinicId: clinic.clinicId, day })).toBeDefined();
  }

  /** What happens between the snapshot and its merge is more, then. */
  async function syncSlowly(): Promise<void> {
    const lease = await index.begin(clinic.clinicId, day);
    const snapshot = await slotsOfDay(owner, clinic.clinicId, day);
    await new Promise((resolve) => setTimeout(resolve, 25));
    if (lease) await index.merge(lease, snapshot);
  }

  async function told(): Promise<string[] | undefined> {
    const from = new Date(`${day}T00:00:00Z`);
    const slots = await index.read(clinic.clinicId, from, new Date(from.getTime() + 86_400_000));
    return slots?.map((slot) => `${slot.doctorId} ${slot.start}`).sort();
  }

  async function stored(): Promise<string[]> {
    const slots = await slotsOfDay(owner, clinic.clinicId, day);
    const free = slots.filter(({ status }) => status === 'free');
    return free.map((slot) => `${slot.doctorId} ${Date.parse(slot.start) / 1000}`).sort();
  }
}
