import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { appointment } from '../../lambdas/appointments/appointment.ts';
import { scheduleEntry } from '../../lambdas/schedules/schedule.ts';
import { pageOf } from '../../lambdas/shared/http/page.ts';
import { done, refused } from '../support/answers.ts';
import { call, type HttpAnswer } from '../support/http.ts';
import { demoToken, newPatients } from '../support/logins.ts';
import { type NewClinic, openClinic } from '../support/new-clinic.ts';

const RIVALS = 100;

let patients: string[];

beforeAll(async () => {
  patients = await newPatients(RIVALS);
});

interface Outcome {
  readonly last: HttpAnswer;
  readonly contended: readonly HttpAnswer[];
}

/** Books as a client does that heeds Retry-After. */
async function bookPatiently(token: string, body: object): Promise<Outcome> {
  const contended: HttpAnswer[] = [];
  for (;;) {
    const last = await call('POST /appointments', { token, body });
    if (last.status !== 429) return { last, contended };
    contended.push(last);
    await wait(Number(last.headers['retry-after']) * 1000);
  }
}

/** Lets everybody ask at once. What was refused must have been refused for the right reason. */
async function race(wish: object): Promise<HttpAnswer[]> {
  const outcomes = await Promise.all(patients.map((token) => bookPatiently(token, wish)));
  for (const answer of outcomes.flatMap(({ contended }) => contended)) {
    refused(answer, 429, 'slot_contended');
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }
  const answers = Map.groupBy(outcomes, ({ last }) => last.status === 201);
  for (const { last } of answers.get(false) ?? []) refused(last, 409, 'slot_taken');
  return (answers.get(true) ?? []).map(({ last }) => last);
}

/** The appointments that the clinic's doctors have at a time, as an admin reads them. */
async function booked({ doctorIds }: NewClinic, startTime: string): Promise<string[]> {
  const token = await demoToken('admin');
  const query = `from=${startTime}&to=${new Date(Date.parse(startTime) + 60_000).toISOString()}`;
  const schedules = await Promise.all(doctorIds.map((id) => call(`GET /doctors/${id}/schedule?${query}`, { token })));
  const entries = schedules.flatMap((answer) => done(answer, 200, pageOf(scheduleEntry)).items);
  return entries.flatMap((entry) => entry.appointment?.id ?? []);
}

describe(`of ${RIVALS} patients at once`, () => {
  it.each([1, 5])('as many get a time as there are doctors: %i', async (doctors) => {
    const clinic = await openClinic({ doctors });
    // Another time for each race: who won one is busy then.
    const startTime = clinic.times[doctors] ?? '';
    const winners = await race({ clinicId: clinic.clinicId, startTime });
    const won = winners.map((answer) => done(answer, 201, appointment));
    expect(won).toHaveLength(doctors);
    expect(new Set(won.map(({ doctor }) => doctor.id)).size).toBe(doctors);
    expect((await booked(clinic, startTime)).sort()).toEqual(won.map(({ id }) => id).sort());
  });
});

describe('fifty repeats of one booking at once', () => {
  const key = randomUUID();
  const headers = { 'Idempotency-Key': key };
  let clinic: NewClinic;
  let startTime: string;
  let wish: object;
  let token: string;
  let answers: HttpAnswer[];

  beforeAll(async () => {
    clinic = await openClinic({ doctors: 3 });
    [startTime = ''] = clinic.times;
    wish = { clinicId: clinic.clinicId, startTime };
    [token = ''] = patients;
    answers = await Promise.all(
      Array.from({ length: 50 }, () => call('POST /appointments', { token, headers, body: wish })),
    );
  });

  it('have one answer, and it says which are repeats', async () => {
    const [first, ...others] = answers.map((answer) => done(answer, 201, appointment));
    for (const other of others) expect(other).toEqual(first);
    const replayed = answers.map((answer) => answer.headers['idempotency-replayed']);
    expect(replayed.filter((header) => header === undefined)).toHaveLength(1);
    expect(replayed.filter((header) => header === 'true')).toHaveLength(49);
    expect(await booked(clinic, startTime)).toEqual([first?.id]);
  });

  it('are answered the same later, whatever the order of the fields', async () => {
    const body = Object.fromEntries(Object.entries(wish).reverse());
    const later = await call('POST /appointments', { token, headers, body });
    expect(later.headers['idempotency-replayed']).toBe('true');
    expect(later.body).toEqual(answers[0]?.body);
  });

  it('do not cover another wish, nor another patient', async () => {
    const other = { ...wish, type: 'video' };
    const sent = { headers, body: other };
    refused(await call('POST /appointments', { token, ...sent }), 422, 'idempotency_key_reused');
    const theirs = done(await call('POST /appointments', { token: patients[1], ...sent }), 201, appointment);
    expect(theirs.id).not.toBe(appointment.parse(answers[0]?.body).id);
  });

  it('are told of a refusal once more, too', async () => {
    const { clinicId, times } = await openClinic();
    const taken = { clinicId, startTime: times.at(-1) };
    done(await call('POST /appointments', { token: patients[2], body: taken }), 201, appointment);
    const again = { token: patients[3], headers: { 'Idempotency-Key': randomUUID() }, body: taken };
    const first = refused(await call('POST /appointments', again), 409, 'slot_taken');
    expect(refused(await call('POST /appointments', again), 409, 'slot_taken')).toEqual(first);
  });
});
