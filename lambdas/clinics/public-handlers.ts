import type { availabilityApi } from '@medbook/contract/routes/availability-api';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { toPage } from '../shared/http/page.ts';
import { notFound } from '../shared/refusal-error.ts';
import type { Db } from '../shared/sql.ts';
import { findClinic, listClinics } from './clinics.sql.ts';

/** The public routes of clinics. */
export const publicClinicHandlers = {
  'GET /clinics': async ({ db }, { query: { limit, cursor } }) => {
    const rows = await listClinics(db, cursor, limit + 1);
    return { body: toPage(rows, limit, ({ name, id }) => ({ key: name, id })) };
  },
  'GET /clinics/{clinicId}': async ({ db }, { path: { clinicId } }) => {
    const clinic = await findClinic(db, clinicId);
    if (!clinic) throw notFound('clinicId', 'path');
    return { body: clinic };
  },
} satisfies Partial<Handlers<{ db: Db }, typeof availabilityApi>>;
