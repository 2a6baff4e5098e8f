import { GROUPS, type Group } from '@medbook/contract/access';
import { RefusalError } from '../refusal-error.ts';

/** The Cognito user of a verified access token. */
export interface Caller {
  readonly sub: string;
  readonly username: string;
  readonly groups: readonly Group[];
}

/**
 * Returns the caller from the claims that API Gateway's authorizer verified. It accepts id tokens on some methods, so `token_use` is checked
 * here.
 * @throws {RefusalError} if there are no claims of an access token
 */
export function getCaller(claims: Readonly<Record<string, unknown>> | null | undefined): Caller {
  const sub = claims?.sub;
  if (typeof sub !== 'string' || sub === '' || claims?.token_use !== 'access') throw new RefusalError('unauthorized');
  return {
    sub,
    username: typeof claims.username === 'string' ? claims.username : sub,
    groups: parseGroups(claims['cognito:groups']),
  };
}

/** Returns the known groups in a claim, which arrives as an array, as `a,b` or as `[a b]`, depending on the sender. */
export function parseGroups(claim: unknown): readonly Group[] {
  const names = Array.isArray(claim) ? claim.map(String) : String(claim ?? '').split(/[\s,[\]]+/);
  return GROUPS.filter((group) => names.includes(group));
}
