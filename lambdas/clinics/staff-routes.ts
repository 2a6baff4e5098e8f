import { v7 as uuidv7 } from 'uuid';
import { route } from '../shared/http/route.ts';
import { done } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { clinic } from './clinic.ts';
import { createClinic, findClinic } from './clinics.sql.ts';
import { newClinic } from './new-clinic.ts';

/** How clinics come to be. */
export const staffClinicRoutes = {
  'POST /clinics': route({
    summary: 'Adds a clinic. For admins of the platform.',
    body: newClinic,
    status: 201,
    response: clinic,
    handle: async ({ db }: { db: Db }, { body }, { caller, requestId }) => {
      const clinicId = uuidv7();
      const { sub, groups } = caller;
      const answer = await createClinic(db, { sub, groups, clinicId, clinic: body, requestId });
      done(answer, { pathOf: (field) => `body.${field}` });
      return { body: await findClinic(db, clinicId), headers: { Location: `clinics/${clinicId}` } };
    },
  }),
};
