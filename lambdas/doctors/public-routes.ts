import * as z from 'zod';
import type { Db } from '../shared/db.ts';
import { id } from '../shared/http/fields.ts';
import { page, pageOf, paging } from '../shared/http/page.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import { publicDoctor, specialization } from './doctor.ts';
import { findDoctor, listDoctors, listSpecializations } from './doctors.sql.ts';

/** The doctors, for everybody. */
export const publicDoctorRoutes = {
  'GET /specializations': route({
    summary: 'What doctors are specialized in.',
    response: pageOf(z.string()),
    handle: async ({ db }: { db: Db }) => ({ body: { items: await listSpecializations(db), nextCursor: null } }),
  }),
  'GET /doctors': route({
    summary: 'The doctors, by name.',
    query: z.strictObject({ clinicId: id.optional(), specialization: specialization.optional(), ...paging }),
    response: pageOf(publicDoctor),
    handle: async ({ db }: { db: Db }, { query: { clinicId, specialization, limit, cursor } }) => {
      const rows = await listDoctors(db, { clinicId, specialization }, cursor, limit + 1);
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
