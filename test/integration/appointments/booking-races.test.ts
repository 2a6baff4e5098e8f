import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, countOutcomes, openClients } from '../../support/clinic/booking-clients.ts';
import { raceForFiveDoctors, raceOfOnePatient, raceWithKilledConnections } from '../../support/clinic/booking-races.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from '../../support/clinic/insert-clinic.ts';
import { expectInvariants } from '../../support/database/invariants.ts';
import { createDatabase, rollBackAfter, type TestDatabase } from '../../support/database/test-database.ts';

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

afterEach(() => expectInvariants(owner));

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const runForAllPatients = <T>(action: (sub: string, db: Db, index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(patients.map((sub, index) => action(sub, clients[index] as Db, index)));

/** Books, and retries while the slots are contended. Returns the final result. */
async function bookUntilUncontended(sub: string, db: Db, request: Parameters<typeof bookForPatient>[2]) {
  for (;;) {
    const result = await bookForPatient(db, sub, request);
    if (result.result.outcome !== 'slot_contended') return result;
  }
}

describe('of a hundred concurrent bookings', () => {
  it('exactly one by start time gets the only slot', async () => {
    const clinic = await insertClinic(owner);
    const startTime = startTimeInDays(2);
    await insertSlots(owner, clinic, startTime);

    const first = countOutcomes(
      await runForAllPatients((sub, db) => bookForPatient(db, sub, { clinicId: clinic.clinicId, startTime })),
    );
    expect(first.done).toBe(1);
    expect((first.slot_taken ?? 0) + (first.slot_contended ?? 0)).toBe(CLIENTS - 1);

    const secondResults = await runForAllPatients((sub, db, index) =>
      index === 0
        ? bookForPatient(db, sub, { clinicId: clinic.clinicId, startTime })
        : bookUntilUncontended(sub, db, { clinicId: clinic.clinicId, startTime }),
    );
    expect(countOutcomes(secondResults).done).toBeUndefined();
    expect(countOutcomes(secondResults).slot_taken).toBe(CLIENTS);
  });

  it('exactly one by slot id gets the only slot', async () => {
    const clinic = await insertClinic(owner);
    const [slotId] = await insertSlots(owner, clinic, startTimeInDays(3));
    const counts = countOutcomes(await runForAllPatients((sub, db) => bookUntilUncontended(sub, db, { slotId })));
    expect(counts).toEqual({ done: 1, slot_taken: CLIENTS - 1 });
  });

  it('exactly five get a slot of five doctors, one for each doctor', async () => {
    const clinic = await insertClinic(owner, { doctors: 5 });
    const startTime = startTimeInDays(4);
    await insertSlots(owner, clinic, startTime);
    const counts = countOutcomes(
      await runForAllPatients((sub, db) => bookUntilUncontended(sub, db, { clinicId: clinic.clinicId, startTime })),
    );
    expect(counts).toEqual({ done: 5, slot_taken: CLIENTS - 5 });
    const { rows } = await owner.query('select doctor_id from appointments where clinic_id = $1', [clinic.clinicId]);
    expect(new Set(rows.map((row) => row.doctor_id)).size).toBe(5);
  });

  it('of two slots each, none gets only one of its slots', async () => {
    const clinic = await insertClinic(owner);
    await insertSlots(owner, clinic, startTimeInDays(5), 10);
    const results = await runForAllPatients((sub, db, index) =>
      bookUntilUncontended(sub, db, { clinicId: clinic.clinicId, startTime: startTimeInDays(5, index % 9), slots: 2 }),
    );
    const counts = countOutcomes(results);
    expect((counts.done ?? 0) + (counts.slot_taken ?? 0)).toBe(CLIENTS);
    // Ten adjacent slots have room for at most five pairs, and three pairs can already leave no room for another.
    expect(counts.done).toBeGreaterThanOrEqual(3);
    expect(counts.done).toBeLessThanOrEqual(5);
  });
});

it('five patients who concurrently book five doctors all get an appointment, 20 times', () =>
  raceForFiveDoctors({ owner, clients }, 20));

it('a booking skips a doctor whose slots another booking has locked, and reports that in its result', async () => {
  const clinic = await insertClinic(owner, { doctors: 2 });
  const startTime = startTimeInDays(18);
  await insertSlots(owner, clinic, startTime);
  const [patient = ''] = patients;
  const [first, second] = clinic.doctorIds.toSorted();
  const { result } = await rollBackAfter(owner, async (tx) => {
    await tx.query('select from availability_slots where doctor_id = $1 for update', [first]);
    return bookForPatient(client, patient, { clinicId: clinic.clinicId, startTime });
  });
  expect(result).toMatchObject({ outcome: 'done', skippedDoctors: 1, appointment: { doctor: { id: second } } });
});

it('one patient who books twenty times concurrently gets one appointment, 4 times', () =>
  raceOfOnePatient({ owner, clients }, 4));

describe('with one idempotency key', () => {
  it('fifty concurrent requests create one appointment and return the same result', async () => {
    const clinic = await insertClinic(owner, { doctors: 50 });
    const startTime = startTimeInDays(14);
    await insertSlots(owner, clinic, startTime);
    const [patient = ''] = patients;
    const idempotencyKey = randomUUID();
    const results = await Promise.all(
      clients
        .slice(0, 50)
        .map((db) => bookForPatient(db, patient, { clinicId: clinic.clinicId, startTime }, { idempotencyKey })),
    );
    expect(new Set(results.map(({ result, requestId }) => JSON.stringify({ result, requestId }))).size).toBe(1);
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(countOutcomes(results)).toEqual({ done: 50 });
    const { rows } = await owner.query('select count(*)::int from appointments where clinic_id = $1', [
      clinic.clinicId,
    ]);
    expect(rows[0]).toEqual({ count: 1 });
  });

  it('slot_taken is stored as the result, and not_bookable is not', async () => {
    const clinic = await insertClinic(owner);
    const startTime = startTimeInDays(15);
    await insertSlots(owner, clinic, startTime);
    const [first = '', second = ''] = patients;
    await bookForPatient(client, first, { clinicId: clinic.clinicId, startTime });

    const idempotencyKey = randomUUID();
    const request = { clinicId: clinic.clinicId, startTime };
    const refused = await bookForPatient(client, second, request, { idempotencyKey });
    const repeated = await bookForPatient(client, second, request, { idempotencyKey });
    expect(refused).toMatchObject({ result: { outcome: 'slot_taken' }, replayed: false });
    expect(repeated).toEqual({ ...refused, replayed: true, changedSlots: [] });

    const otherKey = randomUUID();
    const early = { clinicId: clinic.clinicId, startTime: startTimeInDays(16) };
    expect((await bookForPatient(client, second, early, { idempotencyKey: otherKey })).result.outcome).toBe(
      'not_bookable',
    );
    await insertSlots(owner, clinic, startTimeInDays(16));
    expect((await bookForPatient(client, second, early, { idempotencyKey: otherKey })).result.outcome).toBe('done');
  });

  it('another request body is refused, and another caller has separate keys', async () => {
    const clinic = await insertClinic(owner, { doctors: 2 });
    const startTime = startTimeInDays(17);
    await insertSlots(owner, clinic, startTime);
    const [first = '', second = ''] = patients;
    const idempotencyKey = randomUUID();
    const request = { clinicId: clinic.clinicId, startTime };
    expect((await bookForPatient(client, first, request, { idempotencyKey })).result.outcome).toBe('done');
    expect(
      (await bookForPatient(client, first, { ...request, type: 'video' }, { idempotencyKey })).result.outcome,
    ).toBe('idempotency_key_reused');
    expect((await bookForPatient(client, second, request, { idempotencyKey })).result.outcome).toBe('done');
  });
});

it('bookings are done completely or not at all when their connections are killed, 4 times', () =>
  raceWithKilledConnections({ owner, clients }, 4));
