import type { staffApi } from '@medbook/contract/routes/staff-api';
import { v7 as uuidv7 } from 'uuid';
import { unwrapOrThrow } from '../shared/command-outcome.ts';
import type { Handlers } from '../shared/http/operation-handler.ts';
import type { Db } from '../shared/sql.ts';
import { createClinic, findClinic } from './clinics.sql.ts';

/** The staff routes of clinics. */
export const staffClinicHandlers = {
  'POST /clinics': async ({ db }, { body }, { caller, requestId }) => {
    const clinicId = uuidv7();
    const { sub, groups } = caller;
    const outcome = await createClinic(db, { sub, groups, clinicId, clinic: body, requestId });
    unwrapOrThrow(outcome, { pathOf: (field) => `body.${field}` });
    return { body: await findClinic(db, clinicId), headers: { Location: `clinics/${clinicId}` } };
  },
} satisfies Partial<Handlers<{ db: Db }, typeof staffApi>>;
