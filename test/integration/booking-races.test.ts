import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../lambdas/shared/sql.ts';
import { book, openClients, tally } from '../support/clients.ts';
import { insertClinic, insertPatients, insertSlots, startInDays } from '../support/clinic.ts';
import { expectSound } from '../support/invariants.ts';
import { createDatabase, type TestDatabase, undone } from '../support/postgres.ts';

const CLIENTS = 100;

let database: TestDatabase;
let owner: pg.Client;
let clients: Db[];
let client: Db;
let patients: string[];

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clients = await openClients(database, CLIENTS);
  client = clients[0] as Db;
});

beforeEach(async () => {
  patients = await insertPatients(owner, CLIENTS);
});

afterEach(() => expectSound(owner));

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const everybody = <T>(work: (sub: string, db: Db, index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(patients.map((sub, index) => work(sub, clients[index] as Db, index)));

/** The answers once nobody is contended any more, as a client that heeds Retry-After sees them. */
async function untilSettled(sub: string, db: Db, wish: Parameters<typeof book>[2]) {
  for (;;) {
    const answer = await book(db, sub, wish);
    if (answer.answer.outcome !== 'slot_contended') return answer;
  }
}

describe('of a hundred people at once', () => {
  it('exactly one gets the only slot, by time', async () => {
    const clinic = await insertClinic(owner);
    const startTime = startInDays(2);
    await insertSlots(owner, clinic, startTime);

    const first = tally(await everybody((sub, db) => book(db, sub, { clinicId: clinic.clinicId, startTime })));
    expect(first.done).toBe(1);
    expect((first.slot_taken ?? 0) + (first.slot_contended ?? 0)).toBe(CLIENTS - 1);

    const again = await everybody((sub, db, index) =>
      index === 0
        ? book(db, sub, { clinicId: clinic.clinicId, startTime })
        : untilSettled(sub, db, { clinicId: clinic.clinicId, startTime }),
    );
    expect(tally(again).done).toBeUndefined();
    expect(tally(again).slot_taken).toBe(CLIENTS);
  });

  it('exactly one gets the only slot, by its id', async () => {
    const clinic = await insertClinic(owner);
    const [slotId] = await insertSlots(owner, clinic, startInDays(3));
    const counts = tally(await everybody((sub, db) => untilSettled(sub, db, { slotId })));
    expect(counts).toEqual({ done: 1, slot_taken: CLIENTS - 1 });
  });

  it('exactly five get one of five doctors, each doctor one', async () => {
    const clinic = await insertClinic(owner, { doctors: 5 });
    const startTime = startInDays(4);
    await insertSlots(owner, clinic, startTime);
    const counts = tally(await everybody((sub, db) => untilSettled(sub, db, { clinicId: clinic.clinicId, startTime })));
    expect(counts).toEqual({ done: 5, slot_taken: CLIENTS - 5 });
    const { rows } = await owner.query('select doctor_id from appointments where clinic_id = $1', [clinic.clinicId]);
    expect(new Set(rows.map((row) => row.doctor_id)).size).toBe(5);
  });

  it('nobody gets half of what overlaps: two slots each, from overlapping pairs', async () => {
    const clinic = await insertClinic(owner);
    await insertSlots(owner, clinic, startInDays(5), 10);
    const answers = await everybody((sub, db, index) =>
      untilSettled(sub, db, { clinicId: clinic.clinicId, startTime: startInDays(5, index % 9), slots: 2 }),
    );
    const counts = tally(answers);
    expect((counts.done ?? 0) + (counts.slot_taken ?? 0)).toBe(CLIENTS);
    // Ten slots in a row hold five pairs at best, and three pairs leave no room for another.
    expect(counts.done).toBeGreaterThanOrEqual(3);
    expect(counts.done).toBeLessThanOrEqual(5);
  });
});

it('five people and five doctors, two hundred times: never a false sold-out', { timeout: 120_000 }, async () => {
  const clinic = await insertClinic(owner, { doctors: 5 });
  for (let round = 0; round < 200; round += 1) {
    const startTime = startInDays(6 + Math.floor(round / 40), round % 40);
    await insertSlots(owner, clinic, startTime);
    const five = patients.slice((round % 20) * 5, (round % 20) * 5 + 5);
    const answers = await Promise.all(
      five.map((sub, index) => book(clients[index] as Db, sub, { clinicId: clinic.clinicId, startTime })),
    );
    expect(tally(answers), `round ${round}`).toEqual({ done: 5 });
  }
});

it('a doctor whom a rival has locked is passed over, and counted', async () => {
  const clinic = await insertClinic(owner, { doctors: 2 });
  const startTime = startInDays(18);
  await insertSlots(owner, clinic, startTime);
  const [patient = ''] = patients;
  const [first, second] = clinic.doctorIds.toSorted();
  const { answer } = await undone(owner, async (tx) => {
    await tx.query('select from availability_slots where doctor_id = $1 for update', [first]);
    return book(client, patient, { clinicId: clinic.clinicId, startTime });
  });
  expect(answer).toMatchObject({ outcome: 'done', passedOver: 1, appointment: { doctor: { id: second } } });
});

it('one patient racing against himself gets one appointment, and nobody deadlocks', { timeout: 120_000 }, async () => {
  const clinic = await insertClinic(owner, { doctors: 20 });
  const [patient = ''] = patients;
  for (let round = 0; round < 20; round += 1) {
    const startTime = startInDays(12, round);
    const slotIds = await insertSlots(owner, clinic, startTime);
    const answers = await Promise.all(
      clients
        .slice(0, 20)
        .map((db, index) =>
          book(db, patient, index % 2 ? { clinicId: clinic.clinicId, startTime } : { slotId: slotIds[index] }),
        ),
    );
    expect(tally(answers).done, `round ${round}`).toBe(1);
  }
});

describe('with one idempotency key', () => {
  it('fifty repeats in parallel make one appointment and get one answer', async () => {
    const clinic = await insertClinic(owner, { doctors: 50 });
    const startTime = startInDays(14);
    await insertSlots(owner, clinic, startTime);
    const [patient = ''] = patients;
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      clients.slice(0, 50).map((db) => book(db, patient, { clinicId: clinic.clinicId, startTime }, { idempotencyKey })),
    );
    expect(new Set(answers.map(({ answer, requestId }) => JSON.stringify({ answer, requestId }))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(tally(answers)).toEqual({ done: 50 });
    const { rows } = await owner.query('select count(*)::int from appointments where clinic_id = $1', [
      clinic.clinicId,
    ]);
    expect(rows[0]).toEqual({ count: 1 });
  });

  it('a refusal with 409 is kept too, and a refusal that may pass is not', async () => {
    const clinic = await insertClinic(owner);
    const startTime = startInDays(15);
    await insertSlots(owner, clinic, startTime);
    const [first = '', second = ''] = patients;
    await book(client, first, { clinicId: clinic.clinicId, startTime });

    const idempotencyKey = randomUUID();
    const wish = { clinicId: clinic.clinicId, startTime };
    const refused = await book(client, second, wish, { idempotencyKey });
    const repeated = await book(client, second, wish, { idempotencyKey });
    expect(refused).toMatchObject({ answer: { outcome: 'slot_taken' }, replayed: false });
    expect(repeated).toEqual({ ...refused, replayed: true, changed: [] });

    const otherKey = randomUUID();
    const early = { clinicId: clinic.clinicId, startTime: startInDays(16) };
    expect((await book(client, second, early, { idempotencyKey: otherKey })).answer.outcome).toBe('not_bookable');
    await insertSlots(owner, clinic, startInDays(16));
    expect((await book(client, second, early, { idempotencyKey: otherKey })).answer.outcome).toBe('done');
  });

  it('another body is refused, and another caller has keys of their own', async () => {
    const clinic = await insertClinic(owner, { doctors: 2 });
    const startTime = startInDays(17);
    await insertSlots(owner, clinic, startTime);
    const [first = '', second = ''] = patients;
    const idempotencyKey = randomUUID();
    const wish = { clinicId: clinic.clinicId, startTime };
    expect((await book(client, first, wish, { idempotencyKey })).answer.outcome).toBe('done');
    expect((await book(client, first, { ...wish, type: 'video' }, { idempotencyKey })).answer.outcome).toBe(
      'idempotency_key_reused',
    );
    expect((await book(client, second, wish, { idempotencyKey })).answer.outcome).toBe('done');
  });
});

describe('when the connection is killed in the middle', () => {
  it('nothing is half done, and everybody who was told so has an appointment', { timeout: 120_000 }, async () => {
    const clinic = await insertClinic(owner, { doctors: 10 });
    const booking = { running: true };
    const killer = (async () => {
      while (booking.running) {
        await owner.query(`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'patient_api' and state <> 'idle' order by random() limit 3`);
      }
    })();
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < 15; round += 1) {
      const startTime = startInDays(20, round);
      await insertSlots(owner, clinic, startTime);
      const results = await Promise.allSettled(
        patients
          .slice(0, 20)
          .map((sub, index) => book(clients[index] as Db, sub, { clinicId: clinic.clinicId, startTime })),
      );
      for (const result of results) {
        const word = result.status === 'fulfilled' ? result.value.answer.outcome : result.reason.name;
        outcomes[word] = (outcomes[word] ?? 0) + 1;
        if (result.status !== 'fulfilled' || result.value.answer.outcome !== 'done') continue;
        const { rows } = await owner.query('select status from appointments where id = $1', [
          result.value.answer.appointment.id,
        ]);
        expect(rows[0]).toEqual({ status: 'booked' });
      }
    }
    booking.running = false;
    await killer;
    expect(outcomes.done).toBeGreaterThan(0);
    expect(outcomes.DatabaseUnavailable ?? 0, JSON.stringify(outcomes)).toBeGreaterThan(0);
  });
});
