import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import privateKey from 'cognito-local/lib/keys/cognitoLocal.private.json' with { type: 'json' };
import publicKey from 'cognito-local/lib/keys/cognitoLocal.public.json' with { type: 'json' };

interface TokenChanges {
  /** These replace or add to the claims; `undefined` takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The local user pool's own when absent: it is in a package for everybody to read. */
  readonly key?: KeyObject;
}

/** A real token with some of it changed, signed anew: a sound token when nothing but the signer could tell. */
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

/** The same with `alg` HS256, where the public key serves as the secret: it passes where a verifier believes the header. */
export function signWithPublicKey(token: string): string {
  const [header, claims] = decodeToken(token);
  const signingInput = [{ ...header, alg: 'HS256' }, claims].map((part) => toBase64Url(JSON.stringify(part))).join('.');
  const secret = createPublicKey({ key: publicKey.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return `${signingInput}.${createHmac('sha256', secret).update(signingInput).digest('base64url')}`;
}

/** Other claims under the old signature. */
export function tamperWithClaims(token: string, claims: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, toBase64Url(JSON.stringify({ ...decodeToken(token)[1], ...claims })), signature].join('.');
}

/** The same with `alg` none and no signature. */
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
