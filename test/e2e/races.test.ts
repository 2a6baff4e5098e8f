import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { appointment } from '@medbook/contract/appointment';
import { pageSchema } from '@medbook/contract/page';
import { scheduleEntry } from '@medbook/contract/schedule';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, type TestHttpResponse } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, signInDemoAccount } from '../support/system/logins.ts';
import { type OpenedClinic, openClinic } from '../support/system/open-clinic.ts';

const RIVALS = 100;

let patients: string[];

beforeAll(async () => {
  patients = await createPatients(RIVALS);
});

interface BookingOutcome {
  readonly lastResponse: TestHttpResponse;
  readonly contendedResponses: readonly TestHttpResponse[];
}

/** Books as a client does that heeds Retry-After. */
async function bookWithRetries(token: string, body: object): Promise<BookingOutcome> {
  const contendedResponses: TestHttpResponse[] = [];
  for (;;) {
    const lastResponse = await callApi('POST /appointments', { token, body });
    if (lastResponse.status !== 429) return { lastResponse, contendedResponses };
    contendedResponses.push(lastResponse);
    await wait(Number(lastResponse.headers['retry-after']) * 1000);
  }
}

/** Lets everybody ask at once. What was refused must have been refused for the right reason. */
async function race(request: object): Promise<TestHttpResponse[]> {
  const outcomes = await Promise.all(patients.map((token) => bookWithRetries(token, request)));
  for (const response of outcomes.flatMap(({ contendedResponses }) => contendedResponses)) {
    expectRefusal(response, 429, 'slot_contended');
    expect(response.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }
  const outcomesBySuccess = Map.groupBy(outcomes, ({ lastResponse }) => lastResponse.status === 201);
  for (const { lastResponse } of outcomesBySuccess.get(false) ?? []) expectRefusal(lastResponse, 409, 'slot_taken');
  return (outcomesBySuccess.get(true) ?? []).map(({ lastResponse }) => lastResponse);
}

/** The appointments that the clinic's doctors have at a time, as an admin reads them. */
async function listBookedAppointments({ doctorIds }: OpenedClinic, startTime: string): Promise<string[]> {
  const token = await signInDemoAccount('admin');
  const query = `from=${startTime}&to=${new Date(Date.parse(startTime) + 60_000).toISOString()}`;
  const schedules = await Promise.all(
    doctorIds.map((id) => callApi(`GET /doctors/${id}/schedule?${query}`, { token })),
  );
  const entries = schedules.flatMap((response) => expectSuccess(response, 200, pageSchema(scheduleEntry)).items);
  return entries.flatMap((entry) => entry.appointment?.id ?? []);
}

describe(`of ${RIVALS} patients at once`, () => {
  it.each([1, 5])('as many get a time as there are doctors: %i', async (doctors) => {
    const clinic = await openClinic({ doctors });
    // Another time for each race: who won one is busy then.
    const startTime = clinic.times[doctors] ?? '';
    const winners = await race({ clinicId: clinic.clinicId, startTime });
    const won = winners.map((response) => expectSuccess(response, 201, appointment));
    expect(won).toHaveLength(doctors);
    expect(new Set(won.map(({ doctor }) => doctor.id)).size).toBe(doctors);
    expect((await listBookedAppointments(clinic, startTime)).sort()).toEqual(won.map(({ id }) => id).sort());
  });
});

describe('fifty repeats of one booking at once', () => {
  const key = randomUUID();
  const headers = { 'Idempotency-Key': key };
  let clinic: OpenedClinic;
  let startTime: string;
  let request: object;
  let token: string;
  let outcomesBySuccess: TestHttpResponse[];

  beforeAll(async () => {
    clinic = await openClinic({ doctors: 3 });
    [startTime = ''] = clinic.times;
    request = { clinicId: clinic.clinicId, startTime };
    [token = ''] = patients;
    outcomesBySuccess = await Promise.all(
      Array.from({ length: 50 }, () => callApi('POST /appointments', { token, headers, body: request })),
    );
  });

  it('have one answer, and it says which are repeats', async () => {
    const [first, ...others] = outcomesBySuccess.map((response) => expectSuccess(response, 201, appointment));
    for (const other of others) expect(other).toEqual(first);
    const replayed = outcomesBySuccess.map((response) => response.headers['idempotency-replayed']);
    expect(replayed.filter((header) => header === undefined)).toHaveLength(1);
    expect(replayed.filter((header) => header === 'true')).toHaveLength(49);
    expect(await listBookedAppointments(clinic, startTime)).toEqual([first?.id]);
  });

  it('are answered the same later, whatever the order of the fields', async () => {
    const body = Object.fromEntries(Object.entries(request).reverse());
    const later = await callApi('POST /appointments', { token, headers, body });
    expect(later.headers['idempotency-replayed']).toBe('true');
    expect(later.body).toEqual(outcomesBySuccess[0]?.body);
  });

  it('do not cover another wish, nor another patient', async () => {
    const other = { ...request, type: 'video' };
    const sent = { headers, body: other };
    expectRefusal(await callApi('POST /appointments', { token, ...sent }), 422, 'idempotency_key_reused');
    const theirs = expectSuccess(
      await callApi('POST /appointments', { token: patients[1], ...sent }),
      201,
      appointment,
    );
    expect(theirs.id).not.toBe(appointment.parse(outcomesBySuccess[0]?.body).id);
  });

  it('are told of a refusal once more, too', async () => {
    const { clinicId, times } = await openClinic();
    const taken = { clinicId, startTime: times.at(-1) };
    expectSuccess(await callApi('POST /appointments', { token: patients[2], body: taken }), 201, appointment);
    const again = { token: patients[3], headers: { 'Idempotency-Key': randomUUID() }, body: taken };
    const first = expectRefusal(await callApi('POST /appointments', again), 409, 'slot_taken');
    expect(expectRefusal(await callApi('POST /appointments', again), 409, 'slot_taken')).toEqual(first);
  });
});
