import type { NewDoctor } from '@medbook/contract/new-doctor';
import type { UserPool } from '../accounts/user-pool.ts';
import type { Actor } from '../shared/actor.ts';
import { unwrapOrThrow } from '../shared/command-outcome.ts';
import type { Db } from '../shared/sql.ts';
import { insertDoctor, linkDoctorLogin } from './doctors.sql.ts';

interface AddDoctorCommand extends Actor {
  readonly clinicId: string;
  readonly doctor: NewDoctor;
}

/**
 * Adds a doctor and their login, and returns the doctor's id. Each step is idempotent, so repeating an interrupted call completes the
 * same doctor. The doctor is public once the login is linked, and can act once the login is in the group.
 */
export async function addDoctor(
  deps: { db: Db; userPool: Pick<UserPool, 'inviteUser' | 'addToGroup'> },
  command: AddDoctorCommand,
): Promise<string> {
  const { clinicId, doctor, ...actor } = command;
  const pathOf = (field: string) => (field === 'clinicId' ? 'path.clinicId' : `body.${field}`);
  const { doctorId } = unwrapOrThrow(await insertDoctor(deps.db, actor, clinicId, doctor), { pathOf });
  const loginSub = await deps.userPool.inviteUser(doctor);
  unwrapOrThrow(await linkDoctorLogin(deps.db, actor, doctorId, loginSub), { pathOf });
  await deps.userPool.addToGroup(doctor.email, 'doctor');
  return doctorId;
}
