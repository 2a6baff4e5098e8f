import * as z from 'zod';
import { expectAnswer } from './api.ts';
import { newAddress } from './people.ts';

const made = z.object({ id: z.string() });
const availability = z.object({ times: z.array(z.object({ startTime: z.string() })).min(1) });

const CLINIC = {
  name: 'Clinic of a test',
  address: 'Street 1',
  phone: '+351211234567',
  currency: 'EUR',
  timeZone: 'UTC',
};
const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
const DAY = 24 * 60 * 60 * 1000;

/** Opens a clinic with a doctor who is there every day, as an admin. Answers it with a time that is free. */
export async function openClinic(
  api: string,
  token: string,
): Promise<{ id: string; doctorId: string; startTime: string }> {
  const post = async (route: string, body: unknown) => made.parse(await expectAnswer(api, route, 201, { token, body }));
  const { id } = await post('POST /clinics', CLINIC);
  const doctor = { name: 'Dr. Test', email: newAddress(), specialization: 'Cardiology' };
  const { id: doctorId } = await post(`POST /clinics/${id}/doctors`, doctor);
  await expectAnswer(api, `POST /doctors/${doctorId}/availability`, 201, { token, body: { hours: WEEK } });

  const tomorrow = Math.ceil(Date.now() / DAY) * DAY;
  const [from, to] = [tomorrow, tomorrow + 2 * DAY].map((time) => new Date(time).toISOString());
  const answer = await expectAnswer(api, `GET /availability?clinicId=${id}&from=${from}&to=${to}`, 200);
  return { id, doctorId, startTime: availability.parse(answer).times[0]?.startTime ?? '' };
}
