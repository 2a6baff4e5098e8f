import type { UserPool } from '../accounts/user-pool.ts';
import { done } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import type { NewDoctor } from './doctor.ts';
import { addDoctor as insertDoctor, linkDoctorLogin } from './doctors.sql.ts';

interface AddDoctor {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly requestId: string;
  readonly clinicId: string;
  readonly doctor: NewDoctor;
}

/**
 * Adds a doctor and their login. Three steps in two systems, each of which finds what it did before: whoever repeats a call that
 * broke off half way ends with the same doctor. The doctor can act only after the last step, which links the login.
 */
export async function addDoctor(deps: { db: Db; userPool: UserPool }, command: AddDoctor): Promise<string> {
  const { clinicId, doctor, ...actor } = command;
  const pathOf = (field: string) => (field === 'clinicId' ? 'path.clinicId' : `body.${field}`);
  const { doctorId } = done(await insertDoctor(deps.db, actor, clinicId, doctor), { pathOf });
  const loginSub = await deps.userPool.ensureUser({ email: doctor.email, name: doctor.name, group: 'doctor' });
  done(await linkDoctorLogin(deps.db, actor, doctorId, loginSub), { pathOf });
  return doctorId;
}
