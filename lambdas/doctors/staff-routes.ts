import * as z from 'zod';
import type { UserPool } from '../accounts/user-pool.ts';
import { id } from '../shared/http/fields.ts';
import { route } from '../shared/http/route.ts';
import type { Db } from '../shared/sql.ts';
import { addDoctor } from './add-doctor.ts';
import { addedDoctor } from './doctor.ts';
import { findDoctor } from './doctors.sql.ts';
import { newDoctor } from './new-doctor.ts';

/** How doctors come to a clinic. */
export const staffDoctorRoutes = {
  'POST /clinics/{clinicId}/doctors': route({
    summary: 'Adds a doctor to a clinic and sends them an invitation to sign in. May be repeated.',
    path: z.object({ clinicId: id }),
    body: newDoctor,
    status: 201,
    response: addedDoctor,
    refusals: ['not_found', 'email_in_use'],
    handle: async (deps: { db: Db; userPool: UserPool }, { path: { clinicId }, body }, { caller, requestId }) => {
      const doctorId = await addDoctor(deps, {
        sub: caller.sub,
        groups: caller.groups,
        requestId,
        clinicId,
        doctor: body,
      });
      const doctor = await findDoctor(deps.db, doctorId);
      return {
        body: { ...doctor, email: body.email, phone: body.phone ?? null },
        headers: { Location: `../../doctors/${doctorId}` },
      };
    },
  }),
};
