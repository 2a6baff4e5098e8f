import type { staffApi } from '@medbook/contract/routes/staff-api';
import type { UserPool } from '../accounts/user-pool.ts';
import { createScheduleResponse } from '../schedules/create-schedule-response.ts';
import { type ScheduleDeps, toActor } from '../schedules/schedule-deps.ts';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { addDoctor } from './add-doctor.ts';
import { changeDoctor, findDoctor } from './doctors.sql.ts';

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
  'PATCH /doctors/{doctorId}': async (deps, { path: { doctorId }, query: { dryRun }, body: { active } }, context) => {
    const outcome = await changeDoctor(deps.db, toActor(context), { doctorId, active }, dryRun);
    return createScheduleResponse(deps, outcome, dryRun, context);
  },
} satisfies Partial<Handlers<ScheduleDeps & { userPool: UserPool }, typeof staffApi>>;
