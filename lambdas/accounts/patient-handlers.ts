import type { patientApi } from '@medbook/contract/routes/patient-api';
import { unwrapOrThrow } from '../shared/command-outcome.ts';
import type { Caller } from '../shared/http/caller.ts';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { RefusalError } from '../shared/refusal-error.ts';
import type { Db } from '../shared/sql.ts';
import { updateProfile } from './accounts.sql.ts';
import { getCurrentProfile } from './get-current-profile.ts';
import { registerPatient } from './register-patient.ts';
import type { UserPool } from './user-pool.ts';

interface Deps {
  readonly db: Db;
  /** The user pool of patients. */
  readonly userPool: UserPool;
}

/** The handlers of the routes of the signed-in user. */
export const accountHandlers = {
  'GET /me': async (deps, _request, { caller, requestId }) => {
    const profile = await getCurrentProfile(deps, caller, requestId);
    if (profile) return { body: profile };
    if (caller.pool === 'patients' && caller.groups.length === 0 && (await completeRegistration(deps, caller)))
      throw new RefusalError('fresh_token_required');
    throw new RefusalError('forbidden', { facts: { rule: 'profile' } });
  },
  'PATCH /me': async ({ db }, { body }, { caller, requestId }) => {
    const outcome = await updateProfile(db, caller, body, requestId);
    return { body: unwrapOrThrow(outcome, { pathOf: (field) => `body.${field}` }).profile };
  },
} satisfies Partial<Handlers<Deps, typeof patientApi>>;

/** Registers a confirmed user without a group as a patient, if the post-confirmation function failed to. Returns false for other users. */
async function completeRegistration(deps: Deps, { username }: Caller): Promise<boolean> {
  const user = await deps.userPool.findUser(username);
  if (!user) throw new RefusalError('unauthorized');
  if (!user.isConfirmed || user.email === null) return false;
  await registerPatient(deps, username, user);
  return true;
}
