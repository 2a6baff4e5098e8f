import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { clinic } from '../../lambdas/clinics/clinic.ts';
import type { newClinic } from '../../lambdas/clinics/new-clinic.ts';
import { addedDoctor } from '../../lambdas/doctors/doctor.ts';
import { workingHoursChange } from '../../lambdas/schedules/schedule.ts';
import { done } from './answers.ts';
import { call } from './http.ts';
import { demoToken } from './logins.ts';

export interface NewClinic {
  readonly clinicId: string;
  readonly doctorIds: readonly string[];
  /** With which they sign in, once they have a password. */
  readonly doctorEmails: readonly string[];
  /** When its doctors are free, tomorrow's first and later. */
  readonly times: readonly string[];
}

export const CLINIC = {
  name: 'Clinic of a test',
  address: 'Street 1',
  phone: '+351211234567',
  currency: 'EUR',
  timeZone: 'UTC',
};

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

/** A doctor to add, of an address that nobody has. */
export const newDoctor = () => ({
  name: 'Dr. Test',
  email: `${randomUUID()}@example.com`,
  specialization: 'Cardiology',
});

/** A clinic of the test's own, made over HTTP by the platform's admin: in UTC, every doctor there from 9 to 17 each day. */
export async function openClinic({
  doctors = 1,
  ...policy
}: { doctors?: number } & Partial<z.input<typeof newClinic>> = {}): Promise<NewClinic> {
  const token = await demoToken('admin');
  const made = done(await call('POST /clinics', { token, body: { ...CLINIC, ...policy } }), 201, clinic);
  const doctorIds: string[] = [];
  const doctorEmails: string[] = [];
  for (let added = 0; added < doctors; added += 1) {
    const answer = await call(`POST /clinics/${made.id}/doctors`, { token, body: newDoctor() });
    const { id, email } = done(answer, 201, addedDoctor);
    const hours = await call(`POST /doctors/${id}/availability`, { token, body: { hours: WEEK } });
    done(hours, 201, workingHoursChange);
    doctorIds.push(id);
    doctorEmails.push(email);
  }
  return { clinicId: made.id, doctorIds, doctorEmails, times: await freeTimes(made.id) };
}

const DAY = 86_400_000;
const availability = z.object({
  source: z.string(),
  times: z.array(z.object({ startTime: z.string(), availableDoctors: z.int() })),
});

/** The starts at which a clinic has somebody free, from tomorrow on, for a week. */
export async function freeTimes(clinicId: string): Promise<string[]> {
  const tomorrow = Math.ceil(Date.now() / DAY) * DAY;
  const [from, to] = [tomorrow, tomorrow + 7 * DAY].map((time) => new Date(time).toISOString());
  const answer = await call(`GET /availability?clinicId=${clinicId}&from=${from}&to=${to}`);
  return done(answer, 200, availability).times.map(({ startTime }) => startTime);
}
