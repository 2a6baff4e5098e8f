import type { Operation } from '@medbook/contract/operation';
import { problem } from '@medbook/contract/problem';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { mockCognito } from '../../support/aws/mock-cognito.ts';
import {
  insertAdmin,
  insertClinic,
  insertPatients,
  insertSlots,
  startTimeInDays,
} from '../../support/clinic/insert-clinic.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';
import { arbitraryCalls, type ExistingData } from '../../support/http/arbitrary-request.ts';
import { type Api, type ApiResponse, createClaims, createInProcessApi } from '../../support/http/in-process-api.ts';
import { toStrictSchema } from '../../support/http/strict-schema.ts';

// Set POWERTOOLS_LOG_LEVEL=ERROR to see the log of a failure.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

// By default every run sends the same requests, so a failure can be repeated. Set FUZZ_SEED and FUZZ_RUNS to send others.
const seed = Number(process.env.FUZZ_SEED ?? 20_301_231);
const numRuns = Number(process.env.FUZZ_RUNS ?? 60);

let database: TestDatabase;
let owner: pg.Client;
let api: Api;
let existing: ExistingData;
const cognito = mockCognito();

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  api = createInProcessApi((role) => database.connectAs(role));
  const clinic = await insertClinic(owner, { doctors: 3, horizonDays: 10 });
  const start = startTimeInDays(1);
  const slotIds = await insertSlots(owner, clinic, start, 20);
  // The changes of schedules withdraw the slots of the first clinic.
  const otherSlotIds = await insertSlots(owner, await insertClinic(owner, { horizonDays: 10 }), start, 20);
  const patients = await insertPatients(owner, 2);
  const { rows } = await owner.query<{ id: string }>('select id from patients');
  const claims = [
    ...patients.map((sub) => createClaims(sub, 'patient')),
    createClaims(`doctor-${clinic.doctorIds[0]}`, 'doctor'),
    createClaims(await insertAdmin(owner), 'admin'),
    createClaims(await insertAdmin(owner, clinic.clinicId), 'admin'),
    createClaims(patients[0] ?? '', 'patient', 'doctor', 'admin'),
  ];
  const appointmentIds: string[] = [];
  // Some appointments are booked, some held, some past, because each command needs one of these.
  for (const [index, slotId] of slotIds.slice(0, 45).entries()) {
    const body = { slotId, hold: index % 3 === 1 };
    const booked = await api({ route: 'POST /appointments', claims: claims[0] ?? {}, body });
    appointmentIds.push((booked.body as { id: string }).id);
  }
  await owner.query(
    `with past as (
       update appointments set start_time = start_time - interval '9 days', end_time = end_time - interval '9 days', version = version + 1
       where id = any ($1::uuid[]) returning id)
     update availability_slots set start_time = start_time - interval '9 days', end_time = end_time - interval '9 days'
     where id in (select slot_id from appointment_slots where appointment_id in (select id from past))`,
    [appointmentIds.filter((_, index) => index % 3 === 2)],
  );
  const { rows: exceptions } = await owner.query<{ id: string }>(
    `insert into schedule_exceptions (id, clinic_id, doctor_id, type, start_time, end_time)
     select gen_random_uuid(), $1, doctor_id, 'blocked', clock() + interval '2 days', clock() + n * interval '1 hour' + interval '2 days'
     from unnest(array_append($2::uuid[], null)) doctor_id, generate_series(1, 10) n
     returning id`,
    [clinic.clinicId, clinic.doctorIds],
  );
  const ids = {
    clinicId: [clinic.clinicId],
    doctorId: clinic.doctorIds,
    slotId: [...slotIds.slice(40, 60), ...otherSlotIds],
    patientId: rows.map(({ id }) => id),
    appointmentId: appointmentIds,
    exceptionId: exceptions.map(({ id }) => id),
  };
  const starts = slotIds.slice(0, 20).map((_, index) => new Date(start.getTime() + index * 1_800_000).toISOString());
  const { rows: patientTokens } = await owner.query<{ token: string }>(
    'select unsubscribe_token(id) as token from patients',
  );
  existing = { ids: { ...ids, token: patientTokens.map(({ token }) => token) }, starts, claims };
});

afterAll(async () => {
  await owner.end();
  await database.drop();
  cognito.restore();
});

const strictProblem = toStrictSchema(problem);

type DescribedOperation = Pick<Operation, 'response' | 'contentType'>;

/** Lists how a response differs from its description. */
function listProblems({ status, headers, body }: ApiResponse, { response, contentType }: DescribedOperation): string[] {
  const parsed = (status < 400 ? toStrictSchema(response) : strictProblem).safeParse(body);
  const type = status < 400 ? (contentType ?? 'application/json') : 'application/problem+json';
  return [
    ...(status < 500 ? [] : [`status ${status}`]),
    ...(headers?.['Content-Type'] === type ? [] : [`content type ${headers?.['Content-Type']}`]),
    ...(parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []),
    ...(status >= 400 && (body as { status: number }).status !== status
      ? ['the status differs from that of the body']
      : []),
  ];
}

it.each(ROUTES.filter(({ isRateLimited }) => isRateLimited))(
  '$key returns a response as described to any request, and never a server error',
  async ({ key, operation }) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(arbitraryCalls(key, existing), async (call) => {
        const response = await api(call);
        statuses.add(response.status);
        expect(listProblems(response, operation)).toEqual([]);
      }),
      { seed, numRuns },
    );
    // The property proves something only if plausible requests reached the database.
    expect([...statuses].some((status) => status < 300 || status === 409)).toBe(true);
  },
);
