import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  startTimeInDays,
  type TestClinic,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { type Api, type ApiCall, createClaims, createInProcessApi } from '../../support/http/in-process-api.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

const HALF_HOUR = 30 * 60_000;
const PLACES = 12;
const start = startTimeInDays(3);
const instantAt = (position: number) => new Date(start.getTime() + position * HALF_HOUR);
const span = { from: instantAt(-1).toISOString(), to: instantAt(PLACES).toISOString() };

let database: TestDatabase;
let owner: pg.Client;
let api: Api;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  api = createInProcessApi((role) => database.connectAs(role));
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** A list of the API, with rows of its own. */
interface List {
  readonly call: ApiCall;
  /** Inserts a row at a position in the list's order. Several rows can have the same position. Returns the key of its item. */
  insert(position: number): Promise<string>;
  /** Returns the key of an item. */
  toKey(item: unknown): string;
}

const toId = (item: unknown) => String(Object(item).id);
const toLetter = (position: number) => String.fromCharCode('B'.charCodeAt(0) + position);

async function insertDoctorAt(clinic: TestClinic, name: string, specialization = 'Cardiology'): Promise<string> {
  const id = randomUUID();
  await owner.query(
    `insert into doctors (id, clinic_id, name, email, specialization) values ($1::uuid, $2, $3, $1::uuid || '@example.com', $4)`,
    [id, clinic.clinicId, name, specialization],
  );
  return id;
}

/** Inserts a slot with a seat of its own, so any number of slots can start at the same time. */
async function insertSlotAt(clinic: TestClinic, position: number, status = 'free'): Promise<string> {
  const id = randomUUID();
  await owner.query(
    `insert into availability_slots (id, clinic_id, doctor_id, start_time, end_time, status, seat)
     select $1, $2, $3, $4, $4::timestamptz + interval '30 minutes', $5, coalesce(max(seat), 0) + 1
     from availability_slots where doctor_id = $3`,
    [id, clinic.clinicId, clinic.doctorIds[0], instantAt(position), status],
  );
  return id;
}

/** Inserts a cancelled appointment, which may overlap others of its patient. */
async function insertAppointmentAt(clinic: TestClinic, patientSub: string, position: number): Promise<string> {
  const id = randomUUID();
  await owner.query(
    `insert into appointments (id, clinic_id, doctor_id, patient_id, status, cancelled_by, start_time, end_time, slot_count)
     select $1, $2, $3, id, 'cancelled', 'patient', $4, $4::timestamptz + interval '30 minutes', 1 from patients where cognito_sub = $5`,
    [id, clinic.clinicId, clinic.doctorIds[0], instantAt(position), patientSub],
  );
  return id;
}

async function createAppointmentList(
  createClaimsFor: (clinic: TestClinic, patient: string) => Promise<object>,
): Promise<List> {
  const clinic = await insertClinic(owner);
  const [patient = ''] = await insertPatients(owner, 1);
  return {
    call: { route: 'GET /appointments', query: span, claims: await createClaimsFor(clinic, patient) },
    insert: (position) => insertAppointmentAt(clinic, patient, position),
    toKey: toId,
  };
}

async function createSlotList(createCall: (clinic: TestClinic) => ApiCall, toKey = toId): Promise<List> {
  const clinic = await insertClinic(owner);
  return { call: createCall(clinic), insert: (position) => insertSlotAt(clinic, position), toKey };
}

const toDoctorPath = ({ doctorIds: [doctorId = ''] }: TestClinic) => ({ doctorId });

const LISTS: Readonly<Record<string, () => Promise<List>>> = {
  'GET /clinics': async () => ({
    call: { route: 'GET /clinics' },
    insert: async (position) => {
      const { clinicId } = await insertClinic(owner, { doctors: 0 });
      await owner.query('update clinics set name = $2 where id = $1', [clinicId, toLetter(position)]);
      return clinicId;
    },
    toKey: toId,
  }),
  'GET /doctors': async () => {
    const clinic = await insertClinic(owner, { doctors: 0 });
    return {
      call: { route: 'GET /doctors', query: { clinicId: clinic.clinicId } },
      insert: (position) => insertDoctorAt(clinic, toLetter(position)),
      toKey: toId,
    };
  },
  'GET /specializations': async () => {
    const clinic = await insertClinic(owner, { doctors: 0 });
    await owner.query('update doctors set active = false');
    let inserted = 0;
    return {
      call: { route: 'GET /specializations' },
      // The doctors of a specialization may spell it differently. Its key is the same for all spellings.
      insert: async (position) => {
        const specialization = `${toLetter(position)}ology`.toLowerCase();
        inserted += 1;
        await insertDoctorAt(clinic, 'Doctor', inserted % 3 === 0 ? specialization.toUpperCase() : specialization);
        return specialization;
      },
      toKey: (item) => String(item).toLowerCase(),
    };
  },
  'GET /slots': () => createSlotList(({ clinicId }) => ({ route: 'GET /slots', query: { clinicId, ...span } })),
  'GET /doctors/{doctorId}/slots': () =>
    createSlotList((clinic) => ({ route: 'GET /doctors/{doctorId}/slots', path: toDoctorPath(clinic), query: span })),
  'GET /doctors/{doctorId}/schedule': () =>
    createSlotList(
      (clinic) => ({
        route: 'GET /doctors/{doctorId}/schedule',
        path: toDoctorPath(clinic),
        query: span,
        claims: createClaims(`doctor-${clinic.doctorIds[0]}`, 'doctor'),
      }),
      (item) => String(Object(item).slotId),
    ),
  'GET /appointments of a patient': () => createAppointmentList(async (_, patient) => createClaims(patient, 'patient')),
  'GET /appointments of a doctor': () =>
    createAppointmentList(async ({ doctorIds }) => createClaims(`doctor-${doctorIds[0]}`, 'doctor')),
  'GET /appointments of an admin': () =>
    createAppointmentList(async ({ clinicId }) => createClaims(await insertAdmin(owner, clinicId), 'admin')),
};

async function readPage({ call, toKey }: List, limit: number, cursor: string | undefined) {
  const query = { ...call.query, limit: String(limit), ...(cursor ? { cursor } : {}) };
  const { status, body } = await api({ ...call, query });
  expect(status, JSON.stringify(body)).toBe(200);
  const { items, nextCursor } = body as { items: unknown[]; nextCursor: string | null };
  return { keys: items.map(toKey), nextCursor };
}

const position = fc.integer({ min: 0, max: PLACES - 1 });
const scenario = fc.record({
  existingPositions: fc.array(position, { minLength: 1, maxLength: 10 }),
  /** The positions of the rows that are inserted before each page is read. */
  insertedPositions: fc.array(fc.array(position, { maxLength: 3 }), { maxLength: 10 }),
  limit: fc.integer({ min: 1, max: 4 }),
});

describe.each(Object.entries(LISTS))('%s', (_, createList) => {
  it('returns each existing row exactly once, although rows are inserted between pages', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ existingPositions, insertedPositions, limit }) => {
        const list = await createList();
        const expected: string[] = [];
        for (const existing of existingPositions) expected.push(await list.insert(existing));
        const seen: string[] = [];
        let cursor: string | null | undefined;
        for (let page = 0; cursor !== null; page += 1) {
          for (const inserted of insertedPositions[page] ?? []) await list.insert(inserted);
          const { keys, nextCursor } = await readPage(list, limit, cursor);
          seen.push(...keys);
          cursor = nextCursor;
        }
        expect(seen.filter((key, index) => seen.indexOf(key) !== index)).toEqual([]);
        expect(seen).toEqual(expect.arrayContaining(expected));
      }),
      { numRuns: 12 },
    );
  });
});
