import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwksValidationError, JwtBaseError, JwtExpiredError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { type Claims, toClaims } from './claims.ts';
import { GatewayError } from './gateway-error.ts';

/**
 * Checks the `Authorization` header of a request to a method with those scopes and returns the token's claims. A method
 * with scopes accepts access tokens that have one of them; a method without accepts id tokens only.
 *
 * @throws GatewayError `UNAUTHORIZED`, or `AUTHORIZER_CONFIGURATION_ERROR` when the keys cannot be fetched
 */
export type Authorizer = (authorization: string | undefined, scopes: readonly string[]) => Promise<Claims>;

/** Options of `createCognitoAuthorizer`. */
export interface CognitoAuthorizerOptions {
  readonly userPoolIds: readonly string[];
  /** The local URL of the public keys of all pools, which are fetched once and cached. */
  readonly jwksUrl: string;
  /** How long, in seconds, an accepted token is not checked again, as in API Gateway's cache; at most until the token expires. */
  readonly ttlSeconds: number;
}

/** Creates a `COGNITO_USER_POOLS` authorizer. */
export function createCognitoAuthorizer({ userPoolIds, jwksUrl, ttlSeconds }: CognitoAuthorizerOptions): Authorizer {
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: () => fetchKeys(jwksUrl) } });
  const pools = userPoolIds.map((userPoolId) => ({ userPoolId, tokenUse: null, clientId: null }));
  const verifier = CognitoJwtVerifier.create(pools, { jwksCache });
  const tokenCache = createTokenCache(ttlSeconds);

  return async (authorization, scopes) => {
    const token = /^\s*(?:Bearer\s+)?(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new GatewayError('unauthorized');
    const key = `${token} ${scopes.join(' ')}`;
    const cachedClaims = tokenCache.find(key);
    if (cachedClaims) return cachedClaims;
    try {
      const payload =
        scopes.length === 0
          ? await verifier.verify(token, { tokenUse: 'id', clientId: null })
          : await verifier.verify(token, { tokenUse: 'access', clientId: null, scope: [...scopes] });
      return tokenCache.add(key, toClaims(payload), payload.exp);
    } catch (error) {
      throw toGatewayError(error);
    }
  };
}

const MAX_CACHED_TOKENS = 1000;

function createTokenCache(ttlSeconds: number) {
  const entries = new Map<string, { readonly claims: Claims; readonly expiresAt: number }>();
  return {
    find: (key: string): Claims | undefined => {
      const entry = entries.get(key);
      return entry && entry.expiresAt > Date.now() ? entry.claims : undefined;
    },
    add: (key: string, claims: Claims, expirySeconds: number): Claims => {
      if (entries.size >= MAX_CACHED_TOKENS) entries.clear();
      entries.set(key, { claims, expiresAt: Math.min(expirySeconds * 1000, Date.now() + ttlSeconds * 1000) });
      return claims;
    },
  };
}

async function fetchKeys(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new FetchError(url, error);
  });
  if (!response.ok) throw new FetchError(url, `the response status was ${response.status}`);
  return response.arrayBuffer();
}

function toGatewayError(error: unknown): unknown {
  if (error instanceof JwtExpiredError) return new GatewayError('unauthorized', 'The incoming token has expired');
  // Not the caller's error: the pool is down or returns invalid keys.
  if (error instanceof FetchError || error instanceof JwksValidationError)
    return new GatewayError('authorizerUnreachable', undefined, { cause: error });
  if (error instanceof JwtBaseError) return new GatewayError('unauthorized', undefined, { cause: error });
  return error;
}
