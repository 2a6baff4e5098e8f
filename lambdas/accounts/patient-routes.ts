import type { Caller } from '../shared/http/caller.ts';
import { route } from '../shared/http/route.ts';
import { done } from '../shared/outcome.ts';
import { Refused } from '../shared/refusal.ts';
import type { Db } from '../shared/sql.ts';
import { setProfile } from './accounts.sql.ts';
import { currentProfile } from './current-profile.ts';
import { profile, profileChanges } from './profile.ts';
import { registerPatient } from './register-patient.ts';
import type { UserPool } from './user-pool.ts';

interface Deps {
  readonly db: Db;
  readonly userPool: UserPool;
}

/** Somebody's own account. */
export const accountRoutes = {
  'GET /me': route({
    summary:
      'Your profile; of a patient with the e-mail address that they have verified in Cognito. ' +
      'Makes a patient of a new user whose sign-up could not be finished, and asks for a fresh token then.',
    response: profile,
    refusals: ['forbidden', 'fresh_token_required'],
    handle: async (deps: Deps, _request, { caller, requestId }) => {
      const found = await currentProfile(deps, caller, requestId);
      if (found) return { body: found };
      if (caller.groups.length > 0 || !(await provision(deps, caller))) throw noProfile();
      throw new Refused('fresh_token_required', 'Your account is ready. Sign in again, or refresh your token.');
    },
  }),
  'PATCH /me': route({
    summary: 'Changes your profile: your name, phone number or, as a patient, how you are told of things.',
    body: profileChanges,
    response: profile,
    handle: async ({ db }: Deps, { body }, { caller, requestId }) => {
      const answer = await setProfile(db, caller, body, requestId);
      return { body: done(answer, { pathOf: (field) => `body.${field}` }).profile };
    },
  }),
};

/** Does what the post-confirmation function would have done, for a user who has confirmed their address and is in no group. */
async function provision(deps: Deps, { username }: Caller): Promise<boolean> {
  const user = await deps.userPool.findUser(username);
  if (!user) throw new Refused('unauthorized', 'The user of this token is no more.');
  return user.confirmed && user.email !== null && registerPatient(deps, username, user);
}

const noProfile = () =>
  new Refused('forbidden', 'There is no active profile of a patient or a doctor for your account.');
