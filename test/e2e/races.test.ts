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

/** Books, and retries after the time in Retry-After while the slot is contended. */
async function bookWithRetries(token: string, body: object): Promise<BookingOutcome> {
  const contendedResponses: TestHttpResponse[] = [];
  for (;;) {
    const lastResponse = await callApi('POST /appointments', { token, body });
    if (lastResponse.status !== 429) return { lastResponse, contendedResponses };
    contendedResponses.push(lastResponse);
    await wait(Number(lastResponse.headers['retry-after']) * 1000);
  }
}

/** Books concurrently for all patients, checks each refusal, and returns the successful responses. */
async function bookForAllPatients(request: object): Promise<TestHttpResponse[]> {
  const outcomes = await Promise.all(patients.map((token) => bookWithRetries(token, request)));
  for (const response of outcomes.flatMap(({ contendedResponses }) => contendedResponses)) {
    expectRefusal(response, 429, 'slot_contended');
    expect(response.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }
  const outcomesBySuccess = Map.groupBy(outcomes, ({ lastResponse }) => lastResponse.status === 201);
  for (const { lastResponse } of outcomesBySuccess.get(false) ?? []) expectRefusal(lastResponse, 409, 'slot_taken');
  return (outcomesBySuccess.get(true) ?? []).map(({ lastResponse }) => lastResponse);
}

/** Returns the ids of the appointments at this time from the schedules of the clinic's doctors. */
async function listBookedAppointments({ doctorIds }: OpenedClinic, startTime: string): Promise<string[]> {
  const token = await signInDemoAccount('admin');
  const query = `from=${startTime}&to=${new Date(Date.parse(startTime) + 60_000).toISOString()}`;
  const schedules = await Promise.all(
    doctorIds.map((id) => callApi(`GET /doctors/${id}/schedule?${query}`, { token })),
  );
  const entries = schedules.flatMap((response) => expectSuccess(response, 200, pageSchema(scheduleEntry)).items);
  return entries.flatMap((entry) => entry.appointment?.id ?? []);
}

describe(`${RIVALS} patients who book the same time at once`, () => {
  it.each([1, 5])('get as many appointments as there are doctors: %i', async (doctors) => {
    const clinic = await openClinic({ doctors });
    // Each race has its own start time, because the winners of the first race are busy at theirs.
    const startTime = clinic.times[doctors] ?? '';
    const winners = await bookForAllPatients({ clinicId: clinic.clinicId, startTime });
    const appointments = winners.map((response) => expectSuccess(response, 201, appointment));
    expect(appointments).toHaveLength(doctors);
    expect(new Set(appointments.map(({ doctor }) => doctor.id)).size).toBe(doctors);
    expect((await listBookedAppointments(clinic, startTime)).sort()).toEqual(appointments.map(({ id }) => id).sort());
  });
});

describe('the Idempotency-Key of fifty concurrent bookings', () => {
  const key = randomUUID();
  const headers = { 'Idempotency-Key': key };
  let clinic: OpenedClinic;
  let startTime: string;
  let request: object;
  let token: string;
  let responses: TestHttpResponse[];

  beforeAll(async () => {
    clinic = await openClinic({ doctors: 3 });
    [startTime = ''] = clinic.times;
    request = { clinicId: clinic.clinicId, startTime };
    [token = ''] = patients;
    responses = await Promise.all(
      Array.from({ length: 50 }, () => callApi('POST /appointments', { token, headers, body: request })),
    );
  });

  it('creates one appointment, and marks all responses but one as replayed', async () => {
    const [first, ...others] = responses.map((response) => expectSuccess(response, 201, appointment));
    for (const other of others) expect(other).toEqual(first);
    const replayedHeaders = responses.map((response) => response.headers['idempotency-replayed']);
    expect(replayedHeaders.filter((header) => header === undefined)).toHaveLength(1);
    expect(replayedHeaders.filter((header) => header === 'true')).toHaveLength(49);
    expect(await listBookedAppointments(clinic, startTime)).toEqual([first?.id]);
  });

  it('replays the response later, even if the fields are in another order', async () => {
    const body = Object.fromEntries(Object.entries(request).reverse());
    const later = await callApi('POST /appointments', { token, headers, body });
    expect(later.headers['idempotency-replayed']).toBe('true');
    expect(later.body).toEqual(responses[0]?.body);
  });

  it('cannot be used with another body, but can be used by another patient', async () => {
    const otherBody = { ...request, type: 'video' };
    const options = { headers, body: otherBody };
    expectRefusal(await callApi('POST /appointments', { token, ...options }), 422, 'idempotency_key_reused');
    const otherAppointment = expectSuccess(
      await callApi('POST /appointments', { token: patients[1], ...options }),
      201,
      appointment,
    );
    expect(otherAppointment.id).not.toBe(appointment.parse(responses[0]?.body).id);
  });

  it('replays a refusal too', async () => {
    const { clinicId, times } = await openClinic();
    const body = { clinicId, startTime: times.at(-1) };
    expectSuccess(await callApi('POST /appointments', { token: patients[2], body }), 201, appointment);
    const options = { token: patients[3], headers: { 'Idempotency-Key': randomUUID() }, body };
    const first = expectRefusal(await callApi('POST /appointments', options), 409, 'slot_taken');
    expect(expectRefusal(await callApi('POST /appointments', options), 409, 'slot_taken')).toEqual(first);
  });
});
