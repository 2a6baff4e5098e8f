import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { APPOINTMENT_STATUSES } from '../../lambdas/appointments/appointment.ts';
import type { ChangeName } from '../../lambdas/appointments/appointments.sql.ts';
import { purge } from '../../lambdas/housekeeping/housekeeping.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import { appointmentOf, type Caller, caller } from '../support/caller.ts';
import { openClients, tally } from '../support/clients.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startInDays,
  type TestClinic,
} from '../support/clinic.ts';
import { type TestClock, takeClock } from '../support/clock.ts';
import { expectSound } from '../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { readSlots, toldOf } from '../support/slots.ts';

const CLIENTS = 100;
const MINUTE = 60_000;
const DAY_SECONDS = 86_400;

let database: TestDatabase;
let owner: pg.Client;
let clock: TestClock;
let clients: Db[];
let ana: Caller;
let rui: Caller;
let clinic: TestClinic;
let admin: Caller;
let doctor: Caller;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clock = await takeClock(owner);
  clients = await openClients(database, CLIENTS);
});

const clientOf = (index: number): Db => {
  const client = clients[index % CLIENTS];
  if (!client) throw new Error('There are no clients yet.');
  return client;
};

/** Ana and Rui, an admin and the first doctor, at a new clinic with these doctors and policies. */
async function arrange(options: Parameters<typeof insertClinic>[1] = {}): Promise<void> {
  const [first = '', second = ''] = await insertPatients(owner, 2);
  clinic = await insertClinic(owner, options);
  ana = caller(clientOf(0), first);
  rui = caller(clientOf(1), second);
  admin = caller(clientOf(2), await insertAdmin(owner, clinic.clinicId), ['admin']);
  doctor = caller(clientOf(3), `doctor-${clinic.doctorIds[0]}`, ['doctor']);
}

beforeEach(() => arrange());

afterEach(async () => {
  await clock.reset();
  await expectSound(owner);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const at = (halfHours: number) => startInDays(3, halfHours);
const START = at(0);
const wishAt = (halfHours = 0, of = clinic) => ({ clinicId: of.clinicId, startTime: at(halfHours) });
const before = (instant: Date, minutes: number) => new Date(instant.getTime() - minutes * MINUTE);
const patientIdOf = async ({ sub }: Caller) =>
  (await owner.query<{ id: string }>('select id from patients where cognito_sub = $1', [sub])).rows[0]?.id;

/** All that a change could touch: how many rows there are, and what they say. */
async function everything(): Promise<unknown> {
  const { rows } = await owner.query(
    `select
       (select json_agg(a order by id) from appointments a where clinic_id = $1) as appointments,
       (select json_agg(s order by id) from availability_slots s where clinic_id = $1) as slots,
       (select json_agg(c order by c.id) from appointment_slots c join appointments a on a.id = c.appointment_id where a.clinic_id = $1) as claims,
       (select count(*) from outbox) as told,
       (select count(*) from audit_log where action <> 'read') as audited`,
    [clinic.clinicId],
  );
  return rows[0];
}

describe('rescheduling', () => {
  it('stays with the doctor, and keeps the reference and the history', async () => {
    await arrange({ doctors: 2 });
    const ids = await insertSlots(owner, clinic, START, 3);
    const [first, second] = clinic.doctorIds;
    const booked = await ana.booked({ ...wishAt(0), doctorId: first, type: 'video' });
    // The other doctor has less to do that day.
    await rui.booked({ ...wishAt(1), doctorId: first });
    const moved = appointmentOf(await ana.change('reschedule', booked.id, { startTime: at(2) }));
    expect(moved).toEqual({
      ...booked,
      startTime: at(2).toISOString().replace('.000', ''),
      endTime: at(3).toISOString().replace('.000', ''),
      slotIds: [ids[2]],
      version: 2,
    });
    expect(second).not.toBe(first);
    expect(await readSlots(owner, [ids[0] ?? '', ids[2] ?? ''])).toMatchObject([
      { status: 'free', version: 3 },
      { status: 'booked', version: 2 },
    ]);
    expect(await toldOf(owner, booked.id)).toEqual([
      'appointment_booked 1: booked/2',
      'appointment_rescheduled 2: free/3 booked/2',
    ]);
    const { rows } = await owner.query('select slot_id, active from appointment_slots where appointment_id = $1', [
      booked.id,
    ]);
    expect(rows).toEqual(
      expect.arrayContaining([
        { slot_id: ids[0], active: false },
        { slot_id: ids[2], active: true },
      ]),
    );
  });

  it('goes to another doctor of the specialization when its own is taken, and to nobody else', async () => {
    await arrange({ doctors: 3 });
    const [own, colleague, dentist] = clinic.doctorIds;
    await owner.query(`update doctors set specialization = 'Dentistry' where id = $1`, [dentist]);
    await insertSlots(owner, clinic, START, 2);
    const booked = await ana.booked({ ...wishAt(0), doctorId: own });
    await rui.booked({ ...wishAt(1), doctorId: own });
    const moved = appointmentOf(await ana.change('reschedule', booked.id, { startTime: at(1) }));
    expect(moved).toMatchObject({ doctor: { id: colleague }, reference: booked.reference, version: 2 });

    const [other = ''] = await insertPatients(owner, 1);
    const late = await caller(clientOf(4), other).booked({ ...wishAt(0), doctorId: own });
    const refused = await caller(clientOf(4), other).change('reschedule', late.id, { startTime: at(1) });
    expect(refused.answer).toMatchObject({ outcome: 'slot_taken', field: 'startTime' });
  });

  it('goes to the doctor or the slot that is named, and nowhere else', async () => {
    await arrange({ doctors: 2 });
    const [own, other] = clinic.doctorIds;
    const ids = await insertSlots(owner, clinic, START, 3);
    const booked = await ana.booked({ ...wishAt(0), doctorId: own });
    const sameTime = await ana.change('reschedule', booked.id, { startTime: START, doctorId: other });
    expect(appointmentOf(sameTime)).toMatchObject({ doctor: { id: other }, slotIds: [ids[3]], version: 2 });
    const toSlot = await ana.change('reschedule', booked.id, { slotId: ids[1] });
    expect(appointmentOf(toSlot)).toMatchObject({ doctor: { id: own }, slotIds: [ids[1]], version: 3 });

    await rui.booked({ ...wishAt(2), doctorId: other });
    for (const wish of [{ startTime: at(2), doctorId: other }, { slotId: ids[5] }]) {
      expect((await ana.change('reschedule', booked.id, wish)).answer.outcome).toBe('slot_taken');
    }
  });

  it('of several slots may overlap its own old time, forwards and backwards', async () => {
    const ids = await insertSlots(owner, clinic, START, 5);
    const booked = await ana.booked({ ...wishAt(1), slots: 3 });
    const later = appointmentOf(await ana.change('reschedule', booked.id, { startTime: at(2) }));
    expect(later.slotIds).toEqual(ids.slice(2, 5));
    expect((await readSlots(owner, ids)).map(({ status }) => status)).toEqual([
      'free',
      'free',
      'booked',
      'booked',
      'booked',
    ]);
    const earlier = appointmentOf(await ana.change('reschedule', booked.id, { slotId: ids[0] }));
    expect(earlier).toMatchObject({ slotIds: ids.slice(0, 3), version: 3, slots: 3 });
    expect(appointmentOf(await ana.change('reschedule', booked.id, { startTime: at(2) })).slotIds).toEqual(
      ids.slice(2, 5),
    );
  });

  it('to where it is already changes nothing', async () => {
    const ids = await insertSlots(owner, clinic, START, 2);
    const booked = await ana.booked({ ...wishAt(0), slots: 2 });
    const earlier = await everything();
    for (const wish of [
      { startTime: START },
      { startTime: START, doctorId: clinic.doctorIds[0] },
      { slotId: ids[0] },
    ]) {
      expect((await ana.change('reschedule', booked.id, wish)).answer).toEqual({
        outcome: 'done',
        appointment: booked,
      });
    }
    expect(await everything()).toEqual(earlier);
  });

  it('needs no room for another appointment', async () => {
    await arrange({ appointmentsPerPatient: 1 });
    await insertSlots(owner, clinic, START, 2);
    const booked = await ana.booked(wishAt(0));
    expect((await ana.change('reschedule', booked.id, { startTime: at(1) })).answer.outcome).toBe('done');
  });

  it.each([
    ['slot_taken', { startTime: at(1) }, {}],
    // Half of it would be free.
    ['slot_taken', { startTime: at(2) }, {}],
    ['patient_busy', { startTime: at(5) }, {}],
    ['not_bookable', { startTime: new Date(at(1).getTime() + MINUTE) }, { field: 'startTime', rule: 'slot', value: 2 }],
    ['not_bookable', { startTime: startInDays(-1) }, { field: 'startTime', rule: 'past' }],
    ['not_bookable', { startTime: startInDays(50) }, { field: 'startTime', rule: 'horizon', value: 40 }],
    ['not_found', { slotId: randomUUID() }, { field: 'slotId' }],
    ['not_found', { startTime: at(7), doctorId: randomUUID() }, { field: 'doctorId' }],
    ['illegal_transition', { startTime: at(7) }, { command: 'reschedule', from: 'pending' }],
  ])('refused by %s leaves everything as it was', async (outcome, wish, details) => {
    await arrange({ doctors: 1, horizonDays: 40 });
    await insertSlots(owner, clinic, at(-4), 2);
    await insertSlots(owner, clinic, at(1), 10);
    await insertSlots(owner, clinic, startInDays(50), 2);
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, elsewhere, at(5), 2);
    const mine = { ...wishAt(-4), slots: 2, hold: outcome === 'illegal_transition' };
    const booked = appointmentOf(await ana.book(mine));
    await rui.booked({ ...wishAt(1), slots: 2 });
    await ana.booked({ ...wishAt(5, elsewhere), slots: 2 });
    const earlier = await everything();
    expect((await ana.change('reschedule', booked.id, wish)).answer).toMatchObject({ outcome, ...details });
    expect(await everything()).toEqual(earlier);
  });

  it('to a slot or a doctor of another clinic finds none', async () => {
    await insertSlots(owner, clinic, START);
    const elsewhere = await insertClinic(owner);
    const [slotId] = await insertSlots(owner, elsewhere, START);
    const { id } = await ana.booked(wishAt(0));
    expect((await ana.change('reschedule', id, { slotId })).answer).toEqual({ outcome: 'not_found', field: 'slotId' });
    const wish = { startTime: at(1), doctorId: elsewhere.doctorIds[0] };
    expect((await ana.change('reschedule', id, wish)).answer).toEqual({ outcome: 'not_found', field: 'doctorId' });
  });

  it('a hundred people onto ten slots: ten move, the others stay', { timeout: 120_000 }, async () => {
    await arrange({ doctors: 10 });
    await insertSlots(owner, clinic, START, 10);
    const [target] = [at(30)];
    await insertSlots(owner, clinic, target);
    const subs = await insertPatients(owner, CLIENTS);
    const movers = subs.map((sub, index) => caller(clientOf(index), sub));
    const booked = await Promise.all(
      movers.map((mover, index) =>
        mover.booked({ ...wishAt(index % 10), doctorId: clinic.doctorIds[Math.floor(index / 10)] }),
      ),
    );
    const answers = await Promise.all(
      movers.map((mover, index) => mover.change('reschedule', booked[index]?.id ?? '', { startTime: target })),
    );
    expect(tally(answers)).toEqual({ done: 10, slot_taken: CLIENTS - 10 });
    const { rows } = await owner.query(
      'select count(*)::int, count(distinct doctor_id)::int as doctors from appointments where start_time = $1 and clinic_id = $2',
      [target, clinic.clinicId],
    );
    expect(rows[0]).toEqual({ count: 10, doctors: 10 });
  });

  it('two people who want each other’s time wait for nobody, a hundred times', { timeout: 120_000 }, async () => {
    await insertSlots(owner, clinic, START, 2);
    const mine = await ana.booked(wishAt(0));
    const yours = await rui.booked(wishAt(1));
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all([
        ana.change('reschedule', mine.id, { startTime: at(1) }),
        rui.change('reschedule', yours.id, { startTime: at(0) }),
      ]);
      expect(tally(answers)).toEqual({ slot_taken: 2 });
    }
  });

  it('everybody moves about at once, and nobody deadlocks', { timeout: 120_000 }, async () => {
    await arrange({ doctors: 3 });
    await insertSlots(owner, clinic, START, 8);
    const movers = (await insertPatients(owner, 12)).map((sub, index) => caller(clientOf(index), sub));
    const booked = await Promise.all(
      movers.map((mover, index) =>
        mover.booked({ ...wishAt((index % 4) * 2), doctorId: clinic.doctorIds[index % 3], slots: 2 }),
      ),
    );
    const outcomes = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(
        movers.flatMap((mover, index) => {
          const { id } = booked[index] ?? { id: '' };
          const wish = { startTime: at((index * 5 + round * 3) % 7) };
          const twin = caller(clientOf(index + 50), mover.sub);
          return [
            mover.change('reschedule', id, wish),
            twin.change('reschedule', id, { startTime: at((round + index) % 7) }),
          ];
        }),
      );
      for (const { answer } of answers) outcomes.add(answer.outcome);
    }
    expect([...outcomes].toSorted()).toEqual(['done', 'slot_taken']);
  });
});

describe('each status takes the commands of its row, and refuses the others', () => {
  const MOVES: Readonly<Record<(typeof APPOINTMENT_STATUSES)[number], readonly ChangeName[]>> = {
    pending: ['confirm', 'renew', 'cancel'],
    booked: ['cancel', 'reschedule', 'complete', 'no_show'],
    cancelled: [],
    completed: [],
    no_show: [],
    expired: [],
  };
  const COMMANDS = ['confirm', 'renew', 'cancel', 'reschedule', 'complete', 'no_show'] as const;
  const cases = APPOINTMENT_STATUSES.flatMap((status) => COMMANDS.map((command) => ({ status, command })));

  it.each(cases)('$status: $command', async ({ status, command }) => {
    await insertSlots(owner, clinic, START);
    await insertSlots(owner, clinic, at(20));
    await clock.stopAt(before(START, 1));
    const { id } = appointmentOf(await ana.book({ ...wishAt(0), hold: status === 'pending' || status === 'expired' }));
    if (status !== 'pending') await clock.stopAt(START);
    if (status === 'cancelled') await admin.change('cancel', id, { reason: 'ill' });
    if (status === 'completed') await doctor.change('complete', id);
    if (status === 'no_show') await doctor.change('no_show', id);
    expect((await ana.read(id))?.status).toBe(status);

    const earlier = await everything();
    const wish = { cancel: { reason: 'ill' }, reschedule: { startTime: at(20), reason: 'ill' } };
    const { answer } = await admin.change(command, id, command in wish ? wish[command as keyof typeof wish] : {});
    if (MOVES[status].includes(command)) {
      expect(answer.outcome).toBe('done');
      return;
    }
    const expired = status === 'expired' && (command === 'confirm' || command === 'renew');
    expect(answer).toMatchObject(
      expired ? { outcome: 'hold_expired' } : { outcome: 'illegal_transition', command, from: status },
    );
    if (status !== 'expired') expect(await everything()).toEqual(earlier);
  });
});

describe('the clinic’s policy', () => {
  it('lets patients cancel and move until the cut-off, and staff after it with a reason, noted', async () => {
    await arrange({ cancellationCutoffMinutes: 90 });
    const ids = await insertSlots(owner, clinic, START, 4);
    const first = await ana.booked(wishAt(0));
    const second = await ana.booked(wishAt(1));
    const third = await ana.booked(wishAt(2));
    await clock.stopAt(before(START, 90));
    const late = { outcome: 'too_late_to_cancel', value: 90 };
    expect((await ana.change('cancel', first.id)).answer).toEqual(late);
    expect((await ana.change('cancel', first.id, { reason: 'ill' })).answer).toEqual(late);
    expect((await admin.change('cancel', first.id)).answer).toEqual(late);
    const tooLate = { outcome: 'too_late_to_reschedule', value: 90 };
    expect((await ana.change('reschedule', first.id, { startTime: at(3), reason: 'ill' })).answer).toEqual(tooLate);
    expect((await admin.change('reschedule', first.id, { startTime: at(3) })).answer).toEqual(tooLate);

    expect((await ana.change('cancel', second.id)).answer.outcome).toBe('done');
    expect(
      (await admin.change('reschedule', first.id, { startTime: at(3), reason: 'doctor ill' })).answer.outcome,
    ).toBe('done');
    await clock.stopAt(at(2));
    expect((await admin.change('cancel', third.id, { reason: 'doctor ill' })).answer).toMatchObject({
      outcome: 'done',
      appointment: { status: 'cancelled', slotIds: [] },
    });
    expect(await readSlots(owner, ids.slice(2, 3))).toMatchObject([{ status: 'free' }]);
    const { rows } = await owner.query(
      'select cancelled_by, cancellation_reason from appointments where id = any ($1) order by start_time',
      [[second.id, third.id]],
    );
    expect(rows).toEqual([
      { cancelled_by: 'patient', cancellation_reason: null },
      { cancelled_by: 'clinic', cancellation_reason: 'doctor ill' },
    ]);
    const { rows: moved } = await owner.query('select reschedule_reason from appointments where id = $1', [first.id]);
    expect(moved).toEqual([{ reschedule_reason: 'doctor ill' }]);
    const { rows: noted } = await owner.query(
      `select actor_sub, actor_role, action, changed_fields from audit_log
       where entity_id = any ($1) and actor_sub = $2 and action <> 'read' order by id`,
      [[first.id, third.id], admin.sub],
    );
    expect(noted).toMatchObject([
      { actor_role: 'admin', action: 'reschedule', changed_fields: expect.arrayContaining(['reschedule_reason']) },
      { actor_role: 'admin', action: 'cancel', changed_fields: expect.arrayContaining(['cancellation_reason']) },
    ]);
    expect(JSON.stringify(noted)).not.toContain('ill');
  });

  it('leaves a reason out of the audit that was not given', async () => {
    await insertSlots(owner, clinic, START, 2);
    const { id } = await ana.booked(wishAt(0));
    await ana.change('reschedule', id, { startTime: at(1) });
    await ana.change('cancel', id);
    const { rows } = await owner.query('select changed_fields from audit_log where entity_id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain('reason');
  });

  it('finds nothing to book at a slot of a doctor who has left', async () => {
    await arrange({ doctors: 2 });
    const [first = '', , other = ''] = await insertSlots(owner, clinic, START, 2);
    const { id } = await ana.booked({ slotId: first });
    await owner.query('update doctors set active = false where id = $1', [clinic.doctorIds[1]]);
    const refusal = { outcome: 'not_bookable', field: 'slotId' };
    expect((await ana.change('reschedule', id, { slotId: other })).answer).toMatchObject(refusal);
    expect((await rui.book({ slotId: other })).answer).toMatchObject(refusal);
  });

  it('takes bookings and moves of patients until its notice, of staff until the start, and of nobody beyond its horizon', async () => {
    await arrange({ noticeMinutes: 60, horizonDays: 10 });
    await insertSlots(owner, clinic, START, 4);
    await insertSlots(owner, clinic, startInDays(14), 2);
    const far = { clinicId: clinic.clinicId, startTime: startInDays(14) };
    const patientId = await patientIdOf(ana);
    const mine = await ana.booked(wishAt(3));
    await clock.stopAt(new Date(before(START, 60).getTime() + 1));
    const tooSoon = { outcome: 'not_bookable', field: 'startTime', rule: 'notice', value: 60 };
    expect((await ana.book(wishAt(0))).answer).toEqual(tooSoon);
    expect((await ana.book({ ...wishAt(0), hold: true })).answer).toEqual(tooSoon);
    expect((await ana.change('reschedule', mine.id, { startTime: START })).answer).toEqual(tooSoon);
    expect((await admin.book({ ...wishAt(0), patientId })).answer.outcome).toBe('done');

    const tooFar = { outcome: 'not_bookable', field: 'startTime', rule: 'horizon', value: 10 };
    for (const answer of [
      await ana.book(far),
      await admin.book({ ...far, patientId }),
      await ana.change('reschedule', mine.id, { startTime: far.startTime }),
      await admin.change('reschedule', mine.id, { startTime: far.startTime }),
    ]) {
      expect(answer.answer).toEqual(tooFar);
    }
    await clock.stopAt(startInDays(4));
    expect((await ana.book(far)).answer.outcome).toBe('done');
    const past = { outcome: 'not_bookable', field: 'startTime', rule: 'past' };
    expect((await admin.book({ ...wishAt(1), patientId })).answer).toMatchObject(past);
  });

  it('limits how many appointments patients book ahead by themselves', async () => {
    await arrange({ appointmentsPerPatient: 2 });
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, at(10));
    const patientId = await patientIdOf(ana);
    await ana.booked(wishAt(0));
    const second = await ana.held(wishAt(1));
    const tooMany = { outcome: 'too_many_appointments', value: 2 };
    expect((await ana.book(wishAt(2))).answer).toEqual(tooMany);
    expect((await ana.book({ ...wishAt(2), hold: true })).answer).toEqual(tooMany);
    expect((await ana.book(wishAt(10, elsewhere))).answer.outcome).toBe('done');
    expect((await admin.book({ ...wishAt(2), patientId })).answer.outcome).toBe('done');
    expect((await ana.book(wishAt(3))).answer).toEqual(tooMany);

    await ana.change('cancel', second.id);
    expect((await ana.book(wishAt(3))).answer).toEqual(tooMany);
    // The first one has begun, and is not ahead any more.
    await clock.stopAt(START);
    expect((await ana.book(wishAt(3))).answer.outcome).toBe('done');
    expect((await ana.book(wishAt(4))).answer).toEqual(tooMany);
  });

  it('does not count an expired hold among them', async () => {
    await arrange({ appointmentsPerPatient: 1 });
    await insertSlots(owner, clinic, START, 2);
    await ana.held(wishAt(0));
    expect((await ana.book(wishAt(1))).answer.outcome).toBe('too_many_appointments');
    await clock.advance(120);
    expect((await ana.book(wishAt(1))).answer.outcome).toBe('done');
  });

  it('has who missed appointments book by telephone, at this clinic and for a year', async () => {
    await arrange({ noShowsPerPatient: 2, horizonDays: 366 });
    const elsewhere = await insertClinic(owner);
    await insertSlots(owner, clinic, START, 8);
    await insertSlots(owner, elsewhere, at(10));
    const patientId = await patientIdOf(ana);
    const missed = [await ana.booked(wishAt(0)), await ana.booked(wishAt(1))];
    const kept = await ana.booked(wishAt(3));
    await clock.stopAt(at(1));
    for (const { id } of missed) {
      expect((await ana.book(wishAt(4))).answer.outcome).toBe('done');
      await ana.change('cancel', (await ana.list(['booked'])).at(-1)?.id ?? '');
      await doctor.change('no_show', id);
    }
    const refused = { outcome: 'too_many_no_shows', value: 2 };
    expect((await ana.book(wishAt(4))).answer).toEqual(refused);
    expect((await ana.book({ ...wishAt(4), hold: true })).answer).toEqual(refused);
    expect((await ana.book(wishAt(10, elsewhere))).answer.outcome).toBe('done');
    expect((await admin.book({ ...wishAt(4), patientId })).answer.outcome).toBe('done');
    expect((await ana.change('reschedule', kept.id, { startTime: at(6) })).answer.outcome).toBe('done');

    await clock.advance(367 * DAY_SECONDS);
    const nextYear = new Date((await clock.now()).getTime() + 60 * MINUTE);
    await insertSlots(owner, clinic, nextYear);
    expect((await ana.book({ clinicId: clinic.clinicId, startTime: nextYear })).answer.outcome).toBe('done');
  });

  it.each(['complete', 'no_show'] as const)(
    '%s is said from the start on, by the doctor or an admin',
    async (command) => {
      await arrange({ doctors: 2 });
      const ids = await insertSlots(owner, clinic, START, 2);
      const [first, second] = clinic.doctorIds;
      const mine = await ana.booked({ ...wishAt(0), doctorId: first });
      const yours = await rui.booked({ ...wishAt(0), doctorId: second });
      const told = `${mine.startTime}`;
      await clock.stopAt(new Date(START.getTime() - 1));
      expect((await doctor.change(command, mine.id)).answer).toEqual({ outcome: 'too_early', value: told });
      await clock.stopAt(START);
      const unseen = { outcome: 'not_found', field: 'appointmentId' };
      expect((await ana.change(command, mine.id)).answer).toEqual(unseen);
      expect((await doctor.change(command, yours.id)).answer).toEqual(unseen);
      const status = command === 'complete' ? 'completed' : 'no_show';
      expect((await doctor.change(command, mine.id)).answer).toMatchObject({
        outcome: 'done',
        appointment: { status, version: 2, slotIds: [ids[0]] },
      });
      expect((await admin.change(command, yours.id)).answer.outcome).toBe('done');
      expect(await readSlots(owner, ids.slice(0, 1))).toMatchObject([{ status: 'booked', version: 2 }]);
      expect((await toldOf(owner, mine.id))[1]).toBe(`appointment_${status} 2`);
    },
  );
});

/** An appointment on which each command can be given, and by whom with what wish. */
async function ready(name: ChangeName): Promise<{ id: string; by: Caller; wish: object; other: object }> {
  await insertSlots(owner, clinic, START);
  await insertSlots(owner, clinic, at(20), 2);
  await clock.stopAt(before(START, 1));
  const { id } = appointmentOf(await ana.book({ ...wishAt(0), hold: name === 'confirm' || name === 'renew' }));
  if (name === 'complete' || name === 'no_show') await clock.stopAt(START);
  return {
    id,
    by: name === 'complete' || name === 'no_show' ? doctor : ana,
    wish: name === 'reschedule' ? { startTime: at(20) } : {},
    other: name === 'reschedule' ? { startTime: at(21) } : { reason: 'other' },
  };
}

describe.each(['confirm', 'renew', 'cancel', 'reschedule', 'complete', 'no_show'] as const)('%s', (name) => {
  it('with If-Match is done on that version only', async () => {
    const { id, by, wish } = await ready(name);
    const earlier = await everything();
    for (const version of [0, 2]) {
      expect((await by.change(name, id, wish, { version })).answer).toEqual({
        outcome: 'precondition_failed',
        value: 1,
      });
    }
    expect(await everything()).toEqual(earlier);
    const done = appointmentOf(await by.change(name, id, wish, { version: 1 }));
    expect(done.version).toBe(2);
    expect((await by.change(name, id, wish, { version: 1 })).answer).toEqual({
      outcome: 'precondition_failed',
      value: 2,
    });
  });

  it('with the same key is done once and answered the same, and with another body refused', async () => {
    const { id, by, wish, other } = await ready(name);
    const idempotencyKey = randomUUID();
    const first = await by.change(name, id, wish, { idempotencyKey });
    const earlier = await everything();
    const again = await by.change(name, id, wish, { idempotencyKey });
    expect(again).toEqual({ ...first, replayed: true });
    expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer));
    expect((await by.change(name, id, other, { idempotencyKey })).answer).toEqual({
      outcome: 'idempotency_key_reused',
    });
    expect(await everything()).toEqual(earlier);
  });

  it('of twins at once is done once, and each gets that answer', async () => {
    const { id, by, wish } = await ready(name);
    const groups = by === doctor ? ['doctor'] : ['patient'];
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      clients.slice(0, 20).map((db) => caller(db, by.sub, groups).change(name, id, wish, { idempotencyKey })),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ answer, requestId }) => JSON.stringify({ answer, requestId }))).size).toBe(1);
    expect(tally(answers)).toEqual({ done: 20 });
  });

  it('tried again by the same request finds that it is done, with a key and without', async () => {
    const { id, by, wish } = await ready(name);
    const again = { requestId: randomUUID() };
    const idempotencyKey = randomUUID();
    const first = await by.change(name, id, wish, { again, idempotencyKey });
    expect(await by.change(name, id, wish, { again, idempotencyKey })).toEqual(first);
    expect(await by.change(name, id, wish, { again })).toEqual(first);
    expect(await by.change(name, id, wish, { again, version: 1 })).toEqual(first);
  });

  it('has keys of its own for each caller', async () => {
    const { id, by, wish } = await ready(name);
    const idempotencyKey = randomUUID();
    const first = await by.change(name, id, wish, { idempotencyKey });
    expect(first.answer.outcome).toBe('done');
    const theirs = await admin.change(name, id, { ...wish, reason: 'asked to' }, { idempotencyKey });
    expect(theirs.replayed).toBe(false);
    const expected = { confirm: 'illegal_transition', renew: 'already_renewed', reschedule: 'done' };
    expect(theirs.answer.outcome).toBe(
      name in expected ? expected[name as keyof typeof expected] : 'illegal_transition',
    );
  });
});

describe('an idempotency key', () => {
  it('is a booking’s too, with the hold that it made, however that ended', async () => {
    await insertSlots(owner, clinic, START);
    const idempotencyKey = randomUUID();
    const wish = { ...wishAt(0), hold: true };
    const first = await ana.book(wish, { idempotencyKey });
    await clock.advance(120);
    expect(await ana.book(wish, { idempotencyKey })).toEqual({ ...first, replayed: true });
    expect(appointmentOf(first).status).toBe('pending');
    expect((await ana.read(appointmentOf(first).id))?.status).toBe('expired');
  });

  it('keeps the refusals of policy, and none that depends on a header or on how much was asked', async () => {
    await arrange({ cancellationCutoffMinutes: 60 });
    await insertSlots(owner, clinic, START, 2);
    const { id } = await ana.booked(wishAt(0));
    await clock.stopAt(before(START, 30));
    const idempotencyKey = randomUUID();
    expect((await ana.change('cancel', id, {}, { idempotencyKey })).answer.outcome).toBe('too_late_to_cancel');
    await clock.stopAt(before(START, 120));
    expect(await ana.change('cancel', id, {}, { idempotencyKey })).toMatchObject({
      replayed: true,
      answer: { outcome: 'too_late_to_cancel', value: 60 },
    });

    const other = randomUUID();
    const stale = await ana.change('cancel', id, {}, { idempotencyKey: other, version: 7 });
    expect(stale.answer.outcome).toBe('precondition_failed');
    expect((await ana.change('cancel', id, {}, { idempotencyKey: other, version: 1 })).answer.outcome).toBe('done');

    const third = randomUUID();
    await ana.book(wishAt(0), { bookingsPerMinute: 1 });
    const often = await ana.book(wishAt(1), { idempotencyKey: third, bookingsPerMinute: 1 });
    expect(often.answer.outcome).toBe('rate_limited');
    await clock.advance(60);
    const later = await ana.book(wishAt(1), { idempotencyKey: third, bookingsPerMinute: 1 });
    expect(later).toMatchObject({ replayed: false, answer: { outcome: 'done' } });
  });

  it('is kept for 7 days, and then housekeeping forgets it', async () => {
    const housekeeping = database.as('housekeeping');
    await insertSlots(owner, clinic, startInDays(20));
    const wish = { clinicId: clinic.clinicId, startTime: startInDays(20) };
    const idempotencyKey = randomUUID();
    await clock.stopAt(startInDays(1));
    const first = await ana.book(wish, { idempotencyKey });
    const kept = async () =>
      (await owner.query('select from idempotency_keys where key = $1', [idempotencyKey])).rowCount;
    await clock.advance(7 * DAY_SECONDS);
    await purge(housekeeping, 10_000);
    expect(await kept()).toBe(1);
    expect(await ana.book(wish, { idempotencyKey })).toEqual({ ...first, replayed: true });
    await clock.advance(1);
    expect(await purge(housekeeping, 10_000)).toBeGreaterThan(0);
    expect(await kept()).toBe(0);
    expect(await purge(housekeeping, 10_000)).toBe(0);
    expect((await ana.book(wish, { idempotencyKey })).answer.outcome).toBe('slot_taken');
  });
});

describe('five tries to book in a minute', () => {
  const manner = { bookingsPerMinute: 5 };
  beforeEach(async () => {
    await arrange({ doctors: 60 });
    await insertSlots(owner, clinic, START, 12);
  });

  it('are five, of fifty at once', async () => {
    const answers = await Promise.all(
      clients
        .slice(0, 50)
        .map((db, index) =>
          caller(db, ana.sub).book({ ...wishAt(index % 12), doctorId: clinic.doctorIds[index] }, manner),
        ),
    );
    expect(tally(answers).rate_limited).toBe(45);
    for (const { answer } of answers) {
      if (answer.outcome === 'rate_limited') expect(answer).toMatchObject({ value: 5, seconds: expect.any(Number) });
    }
  });

  it('count whatever comes of them, and reschedules with them, of each caller alone', async () => {
    await clock.stopAt(startInDays(1));
    const booked = appointmentOf(await ana.book(wishAt(0), manner));
    expect((await ana.book(wishAt(0), manner)).answer.outcome).toBe('patient_busy');
    expect((await ana.book({ slotId: randomUUID() }, manner)).answer.outcome).toBe('not_found');
    await ana.change('reschedule', booked.id, { startTime: at(3) }, manner);
    expect((await ana.change('reschedule', booked.id, { startTime: at(90) }, manner)).answer.outcome).toBe(
      'not_bookable',
    );

    const limited = { outcome: 'rate_limited', value: 5, seconds: 60 };
    expect((await ana.book(wishAt(5), manner)).answer).toEqual(limited);
    expect((await ana.change('reschedule', booked.id, { startTime: at(4) }, manner)).answer).toEqual(limited);
    expect((await rui.book(wishAt(5), manner)).answer.outcome).toBe('done');
    expect((await ana.change('cancel', booked.id, {}, manner)).answer.outcome).toBe('done');
  });

  it('slide: each makes room after a minute, and a refused one takes none', async () => {
    const start = startInDays(1);
    for (let place = 0; place < 5; place += 1) {
      await clock.stopAt(new Date(start.getTime() + place * 10_000));
      expect((await ana.book(wishAt(place), manner)).answer.outcome).toBe('done');
    }
    await clock.stopAt(new Date(start.getTime() + 59_500));
    expect((await ana.book(wishAt(6), manner)).answer).toEqual({ outcome: 'rate_limited', value: 5, seconds: 1 });
    await clock.stopAt(new Date(start.getTime() + 60_000));
    expect((await ana.book(wishAt(6), manner)).answer.outcome).toBe('done');
    expect((await ana.book(wishAt(7), manner)).answer).toEqual({ outcome: 'rate_limited', value: 5, seconds: 10 });
    await clock.stopAt(new Date(start.getTime() + 70_000));
    expect((await ana.book(wishAt(7), manner)).answer.outcome).toBe('done');
  });

  it('do not count a replay, nor the same request again, nor who is not limited', async () => {
    const idempotencyKey = randomUUID();
    const again = { requestId: randomUUID(), appointmentId: randomUUID() };
    await ana.book(wishAt(0), { ...manner, idempotencyKey });
    await ana.book(wishAt(1), { ...manner, again });
    for (let time = 0; time < 10; time += 1) {
      expect((await ana.book(wishAt(0), { ...manner, idempotencyKey })).replayed).toBe(true);
      expect((await ana.book(wishAt(1), { ...manner, again })).answer).toMatchObject({
        outcome: 'done',
        appointment: { id: again.appointmentId },
      });
    }
    for (const place of [2, 3, 4]) expect((await ana.book(wishAt(place), manner)).answer.outcome).toBe('done');
    expect((await ana.book(wishAt(5), manner)).answer.outcome).toBe('rate_limited');
    expect((await ana.book(wishAt(5), { ...manner, idempotencyKey: randomUUID() })).answer.outcome).toBe(
      'rate_limited',
    );
    expect((await ana.book(wishAt(0), { ...manner, idempotencyKey })).replayed).toBe(true);
    for (const place of [6, 7, 8]) expect((await ana.book(wishAt(place))).answer.outcome).toBe('done');
  });

  it('are forgotten a day after the last', async () => {
    const housekeeping = database.as('housekeeping');
    const kept = async () => (await owner.query('select from booking_rates where caller_sub = $1', [ana.sub])).rowCount;
    await clock.stopAt(startInDays(1));
    await ana.book(wishAt(0), manner);
    await clock.advance(DAY_SECONDS);
    await purge(housekeeping, 10_000);
    expect(await kept()).toBe(1);
    await clock.advance(1);
    await purge(housekeeping, 10_000);
    expect(await kept()).toBe(0);
  });
});
