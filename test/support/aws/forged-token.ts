import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import privateKey from 'cognito-local/lib/keys/cognitoLocal.private.json' with { type: 'json' };
import publicKey from 'cognito-local/lib/keys/cognitoLocal.public.json' with { type: 'json' };

interface TokenChanges {
  /** Claims to replace or add; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** @default - the local user pool's private key, which is published in a package */
  readonly key?: KeyObject;
}

/** Changes parts of a real token and signs it again. With the default key the signature is valid. */
export function resignToken(
  token: string,
  { claims = {}, header = {}, key = LOCAL_POOL_KEY }: TokenChanges = {},
): string {
  const [realHeader, realClaims] = decodeToken(token);
  const signingInput = [
    { ...realHeader, ...header },
    { ...realClaims, ...claims },
  ]
    .map((part) => toBase64Url(JSON.stringify(part)))
    .join('.');
  return `${signingInput}.${sign('sha256', Buffer.from(signingInput), key).toString('base64url')}`;
}

/** Signs the token with HS256 and the public key as the secret. A verifier that trusts the `alg` header accepts it. */
export function signWithPublicKey(token: string): string {
  const [header, claims] = decodeToken(token);
  const signingInput = [{ ...header, alg: 'HS256' }, claims].map((part) => toBase64Url(JSON.stringify(part))).join('.');
  const secret = createPublicKey({ key: publicKey.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return `${signingInput}.${createHmac('sha256', secret).update(signingInput).digest('base64url')}`;
}

/** Changes the claims and keeps the old signature. */
export function tamperWithClaims(token: string, claims: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, toBase64Url(JSON.stringify({ ...decodeToken(token)[1], ...claims })), signature].join('.');
}

/** Sets `alg` to none and removes the signature. */
export function removeSignature(token: string): string {
  const [header, claims] = decodeToken(token);
  return `${[{ ...header, alg: 'none' }, claims].map((part) => toBase64Url(JSON.stringify(part))).join('.')}.`;
}

const LOCAL_POOL_KEY = createPrivateKey({ key: privateKey.jwk, format: 'jwk' });
const toBase64Url = (signingInput: string) => Buffer.from(signingInput).toString('base64url');

function decodeToken(token: string): [header: object, claims: object] {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return [JSON.parse(header), JSON.parse(claims)];
}
