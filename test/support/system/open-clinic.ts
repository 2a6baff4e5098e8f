import { randomUUID } from 'node:crypto';
import { clinic } from '@medbook/contract/clinic';
import { addedDoctor } from '@medbook/contract/doctor';
import type { newClinic } from '@medbook/contract/new-clinic';
import { workingHoursChange } from '@medbook/contract/schedule';
import * as z from 'zod';
import { callApi } from '../http/call-api.ts';
import { expectSuccess } from '../http/expect-response.ts';
import { signInDemoAccount } from './logins.ts';

export interface OpenedClinic {
  readonly clinicId: string;
  readonly doctorIds: readonly string[];
  /** The email addresses with which the doctors sign in. */
  readonly doctorEmails: readonly string[];
  /** The free start times of its doctors, from tomorrow on. */
  readonly times: readonly string[];
}

export const CLINIC_BODY = {
  name: 'Clinic of a test',
  address: 'Street 1',
  phone: '+351211234567',
  currency: 'EUR',
  timeZone: 'UTC',
};

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

/** Creates a request body for a new doctor with an unused email address. */
export const createDoctorBody = () => ({
  name: 'Dr. Test',
  email: `${randomUUID()}@example.com`,
  specialization: 'Cardiology',
});

/** Creates a clinic over HTTP as the platform's admin: in UTC, every doctor available from 9 to 17 each day. */
export async function openClinic({
  doctors = 1,
  ...fields
}: { doctors?: number } & Partial<z.input<typeof newClinic>> = {}): Promise<OpenedClinic> {
  const token = await signInDemoAccount('admin');
  const openedClinic = expectSuccess(
    await callApi('POST /clinics', { token, body: { ...CLINIC_BODY, ...fields } }),
    201,
    clinic,
  );
  const doctorIds: string[] = [];
  const doctorEmails: string[] = [];
  for (let count = 0; count < doctors; count += 1) {
    const response = await callApi(`POST /clinics/${openedClinic.id}/doctors`, { token, body: createDoctorBody() });
    const { id, email } = expectSuccess(response, 201, addedDoctor);
    const hoursResponse = await callApi(`POST /doctors/${id}/availability`, {
      token,
      body: { hours: EVERY_DAY },
    });
    expectSuccess(hoursResponse, 201, workingHoursChange);
    doctorIds.push(id);
    doctorEmails.push(email);
  }
  return { clinicId: openedClinic.id, doctorIds, doctorEmails, times: await listFreeTimes(openedClinic.id) };
}

const DAY = 86_400_000;
const availability = z.object({
  source: z.string(),
  times: z.array(z.object({ startTime: z.string(), availableDoctors: z.int() })),
});

/** Lists the start times at which a clinic has a free doctor, for a week from tomorrow on. */
export async function listFreeTimes(clinicId: string): Promise<string[]> {
  const tomorrow = Math.ceil(Date.now() / DAY) * DAY;
  const [from, to] = [tomorrow, tomorrow + 7 * DAY].map((time) => new Date(time).toISOString());
  const response = await callApi(`GET /availability?clinicId=${clinicId}&from=${from}&to=${to}`);
  return expectSuccess(response, 200, availability).times.map(({ startTime }) => startTime);
}
