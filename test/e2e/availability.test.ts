import { appointment } from '@medbook/contract/appointment';
import { clinic } from '@medbook/contract/clinic';
import { pageSchema } from '@medbook/contract/page';
import { expect, inject, it } from 'vitest';
import * as z from 'zod';
import { callApi } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';
import { createPatients } from '../support/system/logins.ts';

const DAY = 86_400_000;
const timesSchema = z.object({
  source: z.enum(['index', 'database']),
  times: z.array(z.object({ startTime: z.string(), availableDoctors: z.int() })),
});

it.skipIf(inject('system').redis !== 'available')(
  'free times come from the index, which is updated before a booking and a cancellation return',
  async () => {
    const clinics = expectSuccess(await callApi('GET /clinics'), 200, pageSchema(clinic)).items;
    // A clinic of the demo data, because a new clinic is in the index only after its first sync.
    const { id: clinicId } =
      clinics.find(({ id }) => id.startsWith('0d000000')) ?? expect.fail('There is no demo clinic.');
    const [from, to] = [10, 20].map((days) => new Date(Date.now() + days * DAY).toISOString());
    const requestTimes = async () =>
      expectSuccess(await callApi(`GET /availability?clinicId=${clinicId}&from=${from}&to=${to}`), 200, timesSchema);
    await expect.poll(async () => (await requestTimes()).source, { timeout: 30_000 }).toBe('index');
    const before = await requestTimes();
    const { startTime, availableDoctors } = before.times.at(-1) ?? expect.fail('No doctor is free.');
    const countDoctors = async () => {
      const availability = await requestTimes();
      expect(availability.source).toBe('index');
      return availability.times.find((time) => time.startTime === startTime)?.availableDoctors ?? 0;
    };

    const [token = ''] = await createPatients(1);
    const booked = expectSuccess(
      await callApi('POST /appointments', { token, body: { clinicId, startTime } }),
      201,
      appointment,
    );
    expect(await countDoctors()).toBe(availableDoctors - 1);
    expectSuccess(await callApi(`POST /appointments/${booked.id}/cancel`, { token }), 200, appointment);
    expect(await countDoctors()).toBe(availableDoctors);
  },
);
