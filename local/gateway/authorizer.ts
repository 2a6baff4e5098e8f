import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwksValidationError, JwtBaseError, JwtExpiredError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { type Claims, claimsOf } from './claims.ts';
import { GatewayFault } from './gateway-fault.ts';

/**
 * Checks the `Authorization` header of a request to a method with those scopes and gives the token's claims. A method
 * with scopes takes access tokens that hold one of them; a method without takes id tokens only.
 *
 * @throws GatewayFault `UNAUTHORIZED`, or that the keys cannot be had
 */
export type Authorizer = (authorization: string | undefined, scopes: readonly string[]) => Promise<Claims>;

export interface CognitoAuthorizerOptions {
  readonly userPoolIds: readonly string[];
  /** Where the pools' keys are on this machine. They are fetched once and then kept. */
  readonly jwksUrl: string;
  /** How long an accepted token is not checked again; API Gateway's own cache. It never outlives the token. */
  readonly ttlSeconds: number;
}

/** A `COGNITO_USER_POOLS` authorizer. */
export function cognitoAuthorizer({ userPoolIds, jwksUrl, ttlSeconds }: CognitoAuthorizerOptions): Authorizer {
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: () => fetchKeys(jwksUrl) } });
  const pools = userPoolIds.map((userPoolId) => ({ userPoolId, tokenUse: null, clientId: null }));
  const verifier = CognitoJwtVerifier.create(pools, { jwksCache });
  const accepted = acceptedTokens(ttlSeconds);

  return async (authorization, scopes) => {
    const token = /^\s*(?:Bearer\s+)?(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new GatewayFault('unauthorized');
    const key = `${token} ${scopes.join(' ')}`;
    const known = accepted.find(key);
    if (known) return known;
    try {
      const payload =
        scopes.length === 0
          ? await verifier.verify(token, { tokenUse: 'id', clientId: null })
          : await verifier.verify(token, { tokenUse: 'access', clientId: null, scope: [...scopes] });
      return accepted.add(key, claimsOf(payload), payload.exp);
    } catch (error) {
      throw faultOf(error);
    }
  };
}

const MOST_ACCEPTED = 1000;

function acceptedTokens(ttlSeconds: number) {
  const entries = new Map<string, { readonly claims: Claims; readonly until: number }>();
  return {
    find: (key: string): Claims | undefined => {
      const entry = entries.get(key);
      return entry && entry.until > Date.now() ? entry.claims : undefined;
    },
    add: (key: string, claims: Claims, expiry: number): Claims => {
      if (entries.size >= MOST_ACCEPTED) entries.clear();
      entries.set(key, { claims, until: Math.min(expiry * 1000, Date.now() + ttlSeconds * 1000) });
      return claims;
    },
  };
}

async function fetchKeys(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new FetchError(url, error);
  });
  if (!response.ok) throw new FetchError(url, `the answer was ${response.status}`);
  return response.arrayBuffer();
}

function faultOf(error: unknown): unknown {
  if (error instanceof JwtExpiredError) return new GatewayFault('unauthorized', 'The incoming token has expired');
  // Not the caller's fault: the pool is down, or answers something else.
  if (error instanceof FetchError || error instanceof JwksValidationError)
    return new GatewayFault('authorizerUnreachable', undefined, { cause: error });
  if (error instanceof JwtBaseError) return new GatewayFault('unauthorized', undefined, { cause: error });
  return error;
}
