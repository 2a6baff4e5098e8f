import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import privateKey from 'cognito-local/lib/keys/cognitoLocal.private.json' with { type: 'json' };
import publicKey from 'cognito-local/lib/keys/cognitoLocal.public.json' with { type: 'json' };

interface Changes {
  /** These replace or add to the claims; `undefined` takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The local user pool's own when absent: it is in a package for everybody to read. */
  readonly key?: KeyObject;
}

/** A real token with some of it changed, signed anew: a sound token when nothing but the signer could tell. */
export function resigned(token: string, { claims = {}, header = {}, key = POOLS_OWN }: Changes = {}): string {
  const [realHeader, realClaims] = partsOf(token);
  const text = [
    { ...realHeader, ...header },
    { ...realClaims, ...claims },
  ]
    .map((part) => base64url(JSON.stringify(part)))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** The same with `alg` HS256, where the public key serves as the secret: it passes where a verifier believes the header. */
export function signedWithPublicKey(token: string): string {
  const [header, claims] = partsOf(token);
  const text = [{ ...header, alg: 'HS256' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  const secret = createPublicKey({ key: publicKey.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Other claims under the old signature. */
export function tampered(token: string, claims: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return [header, base64url(JSON.stringify({ ...partsOf(token)[1], ...claims })), signature].join('.');
}

/** The same with `alg` none and no signature. */
export function unsigned(token: string): string {
  const [header, claims] = partsOf(token);
  return `${[{ ...header, alg: 'none' }, claims].map((part) => base64url(JSON.stringify(part))).join('.')}.`;
}

const POOLS_OWN = createPrivateKey({ key: privateKey.jwk, format: 'jwk' });
const base64url = (text: string) => Buffer.from(text).toString('base64url');

function partsOf(token: string): [header: object, claims: object] {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return [JSON.parse(header), JSON.parse(claims)];
}
