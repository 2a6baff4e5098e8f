import type { staffApi } from '@medbook/contract/routes/staff-api';
import type { UserPool } from '../accounts/user-pool.ts';
import type { Handlers } from '../shared/http/operation-handler.ts';
import type { Db } from '../shared/sql.ts';
import { addDoctor } from './add-doctor.ts';
import { findDoctor } from './doctors.sql.ts';

/** The staff routes of doctors. */
export const staffDoctorHandlers = {
  'POST /clinics/{clinicId}/doctors': async (deps, { path: { clinicId }, body }, { caller, requestId }) => {
    const { sub, groups } = caller;
    const doctorId = await addDoctor(deps, { sub, groups, requestId, clinicId, doctor: body });
    const doctor = await findDoctor(deps.db, doctorId);
    return {
      body: { ...doctor, email: body.email, phone: body.phone ?? null },
      headers: { Location: `../../doctors/${doctorId}` },
    };
  },
} satisfies Partial<Handlers<{ db: Db; userPool: UserPool }, typeof staffApi>>;
