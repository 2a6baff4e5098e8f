import { expect, inject, it } from 'vitest';
import * as z from 'zod';
import { appointment } from '../../lambdas/appointments/appointment.ts';
import { clinic } from '../../lambdas/clinics/clinic.ts';
import { pageOf } from '../../lambdas/shared/http/page.ts';
import { done } from '../support/answers.ts';
import { call } from '../support/http.ts';
import { newPatients } from '../support/logins.ts';

const DAY = 86_400_000;
const times = z.object({
  source: z.enum(['index', 'database']),
  times: z.array(z.object({ startTime: z.string(), availableDoctors: z.int() })),
});

it.skipIf(inject('system').redis !== 'there')(
  'is answered from the index, which knows a booking and its cancellation at once',
  async () => {
    const clinics = done(await call('GET /clinics'), 200, pageOf(clinic)).items;
    // The demo's, because a new clinic is in the index only after its first sync.
    const { id: clinicId } = clinics.find(({ id }) => id.startsWith('0d000000')) ?? expect.fail('no demo clinic');
    const [from, to] = [10, 20].map((days) => new Date(Date.now() + days * DAY).toISOString());
    const ask = async () =>
      done(await call(`GET /availability?clinicId=${clinicId}&from=${from}&to=${to}`), 200, times);
    await expect.poll(async () => (await ask()).source, { timeout: 30_000 }).toBe('index');
    const before = await ask();
    const { startTime, availableDoctors } = before.times.at(-1) ?? expect.fail('nobody is free');
    const doctorsThen = async () => {
      const answer = await ask();
      expect(answer.source).toBe('index');
      return answer.times.find((time) => time.startTime === startTime)?.availableDoctors ?? 0;
    };

    const [token = ''] = await newPatients(1);
    const booked = done(await call('POST /appointments', { token, body: { clinicId, startTime } }), 201, appointment);
    expect(await doctorsThen()).toBe(availableDoctors - 1);
    done(await call(`POST /appointments/${booked.id}/cancel`, { token }), 200, appointment);
    expect(await doctorsThen()).toBe(availableDoctors);
  },
);
