import * as z from 'zod';
import { id } from '../shared/http/fields.ts';
import { page, pageOf, paging } from '../shared/http/page.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { clinic } from './clinic.ts';
import { findClinic, listClinics } from './clinics.sql.ts';

/** The clinics, for everybody. */
export const publicClinicRoutes = {
  'GET /clinics': route({
    summary: 'The clinics, by name.',
    query: z.strictObject(paging),
    response: pageOf(clinic),
    handle: async ({ db }: { db: Db }, { query: { limit, cursor } }) => {
      const rows = await listClinics(db, cursor, limit + 1);
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
  'GET /clinics/{clinicId}': route({
    summary: 'One clinic.',
    path: z.object({ clinicId: id }),
    response: clinic,
    refusals: ['not_found'],
    handle: async ({ db }: { db: Db }, { path: { clinicId } }) => {
      const found = await findClinic(db, clinicId);
      if (!found) throw notFound('clinicId', 'path');
      return { body: found };
    },
  }),
};
