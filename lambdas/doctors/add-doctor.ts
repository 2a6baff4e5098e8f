import type { UserPool } from '../accounts/user-pool.ts';
import { done } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { addDoctor as insertDoctor, linkDoctorLogin } from './doctors.sql.ts';
import type { NewDoctor } from './new-doctor.ts';

interface AddDoctor {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly requestId: string;
  readonly clinicId: string;
  readonly doctor: NewDoctor;
}

/**
 * Adds a doctor and their login. Each step finds what it did before, so whoever repeats a call that broke off half way ends with
 * the same doctor. The public sees the doctor once the login is linked; the doctor can act once they are in the group.
 */
export async function addDoctor(
  deps: { db: Db; userPool: Pick<UserPool, 'inviteUser' | 'addToGroup'> },
  command: AddDoctor,
): Promise<string> {
  const { clinicId, doctor, ...actor } = command;
  const pathOf = (field: string) => (field === 'clinicId' ? 'path.clinicId' : `body.${field}`);
  const { doctorId } = done(await insertDoctor(deps.db, actor, clinicId, doctor), { pathOf });
  const loginSub = await deps.userPool.inviteUser(doctor);
  done(await linkDoctorLogin(deps.db, actor, doctorId, loginSub), { pathOf });
  await deps.userPool.addToGroup(doctor.email, 'doctor');
  return doctorId;
}
