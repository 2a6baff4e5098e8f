import { GROUPS_BY_POOL, type Group, POOLS, type Pool } from '@medbook/contract/access';
import { RefusalError } from '../refusal-error.ts';

/** The ids of the user pools whose tokens are accepted. */
export type UserPoolIds = Readonly<Record<Pool, string>>;

/** The Cognito user of a verified access token. */
export interface Caller {
  readonly sub: string;
  readonly username: string;
  /** The user pool that issued the token. Null on public routes, which have no caller. */
  readonly pool: Pool | null;
  /** The groups in the token, without those of the other pool. */
  readonly groups: readonly Group[];
  /** When Cognito issued the token, to the second. Null if the claim is unreadable. */
  readonly tokenIssuedAt: Date | null;
}

/**
 * Returns the caller from the claims that API Gateway's authorizer verified. It accepts id tokens on some methods, so `token_use` is checked
 * here, and the tokens of both pools on all methods, so only the groups of the issuer's pool count.
 * @throws {RefusalError} if there are no claims of an access token of one of the pools
 */
export function getCaller(
  claims: Readonly<Record<string, unknown>> | null | undefined,
  userPoolIds: UserPoolIds,
): Caller {
  const sub = claims?.sub;
  if (typeof sub !== 'string' || sub === '' || claims?.token_use !== 'access') throw new RefusalError('unauthorized');
  const pool = findPool(claims.iss, userPoolIds);
  if (pool === undefined) throw new RefusalError('unauthorized');
  return {
    sub,
    username: typeof claims.username === 'string' ? claims.username : sub,
    pool,
    groups: parseGroups(claims['cognito:groups'], pool),
    tokenIssuedAt: parseTime(claims.iat),
  };
}

function findPool(issuer: unknown, userPoolIds: UserPoolIds): Pool | undefined {
  return POOLS.find((pool) => issuer === getIssuer(userPoolIds[pool]));
}

/** Returns the issuer in the tokens of a user pool. The id of a pool starts with its region. */
export function getIssuer(userPoolId: string): string {
  const [region] = userPoolId.split('_');
  return `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
}

/** Returns the groups of the pool in a claim, which arrives as an array, as `a,b` or as `[a b]`, depending on the sender. */
export function parseGroups(claim: unknown, pool: Pool): readonly Group[] {
  const names = Array.isArray(claim) ? claim.map(String) : String(claim ?? '').split(/[\s,[\]]+/);
  return GROUPS_BY_POOL[pool].filter((group) => names.includes(group));
}

/** Parses a time, which arrives in seconds or, from API Gateway, as `Tue Apr 04 18:39:39 UTC 2023`. */
function parseTime(claim: unknown): Date | null {
  const time = new Date(/^\d+$/.test(String(claim)) ? Number(claim) * 1000 : String(claim));
  return Number.isNaN(time.getTime()) ? null : time;
}
