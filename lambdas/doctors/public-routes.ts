import * as z from 'zod';
import { findClinic } from '../clinics/clinics.sql.ts';
import { id } from '../shared/http/fields.ts';
import { page, pageOf, paging } from '../shared/http/page.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { publicDoctor, specialization } from './doctor.ts';
import { findDoctor, listDoctors, listSpecializations } from './doctors.sql.ts';

// A specialization is its own key: nothing has to be told apart by an id.
const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** The doctors, for everybody. */
export const publicDoctorRoutes = {
  'GET /specializations': route({
    summary: 'What doctors are specialized in.',
    query: z.strictObject(paging),
    response: pageOf(z.string()),
    handle: async ({ db }: { db: Db }, { query: { limit, cursor } }) => {
      const rows = await listSpecializations(db, cursor, limit + 1);
      return {
        body: page(
          rows,
          limit,
          (row) => row,
          (row) => ({ key: row, id: NIL_ID }),
        ),
      };
    },
  }),
  'GET /doctors': route({
    summary: 'The doctors, by name.',
    query: z.strictObject({ clinicId: id.optional(), specialization: specialization.optional(), ...paging }),
    response: pageOf(publicDoctor),
    refusals: ['not_found'],
    handle: async ({ db }: { db: Db }, { query: { clinicId, specialization, limit, cursor } }) => {
      const rows = await listDoctors(db, { clinicId, specialization }, cursor, limit + 1);
      if (clinicId && rows.length === 0 && !(await findClinic(db, clinicId))) throw notFound('clinicId', 'query');
      return {
        body: page(
          rows,
          limit,
          (row) => row,
          (row) => ({ key: row.name, id: row.id }),
        ),
      };
    },
  }),
  'GET /doctors/{doctorId}': route({
    summary: 'One doctor.',
    path: z.object({ doctorId: id }),
    response: publicDoctor,
    refusals: ['not_found'],
    handle: async ({ db }: { db: Db }, { path: { doctorId } }) => {
      const doctor = await findDoctor(db, doctorId);
      if (!doctor) throw notFound('doctorId', 'path');
      return { body: doctor };
    },
  }),
};
