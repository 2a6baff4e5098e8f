import type { availabilityApi } from '@medbook/contract/routes/availability-api';
import { findClinic } from '../clinics/clinics.sql.ts';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import type { Db } from '../shared/sql.ts';
import { findDoctor, listDoctors, listSpecializations } from './doctors.sql.ts';

// A specialization has no id: its name alone is its position in a list.
const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** The public routes of doctors and specializations. */
export const publicDoctorHandlers = {
  'GET /specializations': async ({ db }, { query: { limit, cursor } }) => {
    const rows = await listSpecializations(db, cursor, limit + 1);
    return { body: toPage(rows, limit, (specialization) => ({ key: specialization, id: NIL_ID })) };
  },
  'GET /doctors': async ({ db }, { query: { clinicId, specialization, limit, cursor } }) => {
    const rows = await listDoctors(db, { clinicId, specialization }, cursor, limit + 1);
    if (clinicId && rows.length === 0 && !(await findClinic(db, clinicId))) throw notFound('clinicId', 'query');
    return { body: toPage(rows, limit, ({ name, id }) => ({ key: name, id })) };
  },
  'GET /doctors/{doctorId}': async ({ db }, { path: { doctorId } }) => {
    const doctor = await findDoctor(db, doctorId);
    if (!doctor) throw notFound('doctorId', 'path');
    return { body: doctor };
  },
} satisfies Partial<Handlers<{ db: Db }, typeof availabilityApi>>;
