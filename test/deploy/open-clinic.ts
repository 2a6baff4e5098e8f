import * as z from 'zod';
import { expectStatus } from './call-api.ts';
import { createEmailAddress } from './users.ts';

const createdSchema = z.object({ id: z.string() });
const availabilitySchema = z.object({ times: z.array(z.object({ startTime: z.string() })).min(1) });

const CLINIC_BODY = {
  name: 'Clinic of a test',
  address: 'Street 1',
  phone: '+351211234567',
  currency: 'EUR',
  timeZone: 'UTC',
};
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
const DAY = 24 * 60 * 60 * 1000;

/** Opens a clinic as an admin, with a doctor who works every day. Returns the clinic with a free time. */
export async function openClinic(
  api: string,
  token: string,
): Promise<{ id: string; doctorId: string; startTime: string }> {
  const post = async (route: string, body: unknown) =>
    createdSchema.parse(await expectStatus(api, route, 201, { token, body }));
  const { id } = await post('POST /clinics', CLINIC_BODY);
  const doctor = { name: 'Dr. Test', email: createEmailAddress(), specialization: 'Cardiology' };
  const { id: doctorId } = await post(`POST /clinics/${id}/doctors`, doctor);
  await expectStatus(api, `POST /doctors/${doctorId}/availability`, 201, { token, body: { hours: EVERY_DAY } });

  const tomorrow = Math.ceil(Date.now() / DAY) * DAY;
  const [from, to] = [tomorrow, tomorrow + 2 * DAY].map((time) => new Date(time).toISOString());
  const response = await expectStatus(api, `GET /availability?clinicId=${id}&from=${from}&to=${to}`, 200);
  return { id, doctorId, startTime: availabilitySchema.parse(response).times[0]?.startTime ?? '' };
}
