import { GROUPS, type Group } from '../access.ts';
import { Refused } from '../refusal.ts';

/** Who calls: the Cognito user behind a verified access token. */
export interface Caller {
  readonly sub: string;
  readonly username: string;
  readonly groups: readonly Group[];
}

/** Reads the claims that API Gateway's authorizer has verified. It takes an id token on some methods, so the kind is looked at again. */
export function callerOf(claims: Readonly<Record<string, unknown>> | null | undefined): Caller {
  const sub = claims?.sub;
  if (typeof sub !== 'string' || sub === '' || claims?.token_use !== 'access') {
    throw new Refused('unauthorized', 'An access token is required.');
  }
  return {
    sub,
    username: typeof claims.username === 'string' ? claims.username : sub,
    groups: groupsOf(claims['cognito:groups']),
  };
}

/** The groups of a token, which arrive as an array, as `a,b` or as `[a b]`, depending on who passes them on. Unknown ones are dropped. */
export function groupsOf(claim: unknown): readonly Group[] {
  const names = Array.isArray(claim) ? claim.map(String) : String(claim ?? '').split(/[\s,[\]]+/);
  return GROUPS.filter((group) => names.includes(group));
}
