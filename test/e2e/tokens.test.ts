import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { profile } from '../../lambdas/accounts/profile.ts';
import { done, refused } from '../support/answers.ts';
import { resigned, signedWithPublicKey, tampered, unsigned } from '../support/forged-token.ts';
import { call } from '../support/http.ts';
import { newPatients, newUser, signIn } from '../support/logins.ts';

const now = () => Math.floor(Date.now() / 1000);
const ISSUERS = 'https://cognito-idp.us-east-1.amazonaws.com';

let token: string;

beforeAll(async () => {
  [token = ''] = await newPatients(1);
});

const withHeader = (Authorization: string) => call('GET /me', { headers: { Authorization } });

describe('is let in', () => {
  it.each<[string, () => string]>([
    ['as Bearer', () => `Bearer ${token}`],
    ['as the bare token, which API Gateway takes too', () => token],
    [
      'signed anew with the same key, which shows that the forgeries below fail for their own faults',
      () => `Bearer ${resigned(token)}`,
    ],
  ])('a token %s', async (_, authorization) => {
    done(await withHeader(authorization()), 200, profile);
  });
});

const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe('is 401', () => {
  it.each<[string, () => string]>([
    ['nothing', () => ''],
    ['no token after Bearer', () => 'Bearer'],
    ['no token at all', () => 'Bearer let-me-in'],
    ['three dots', () => 'Bearer ...'],
    ['two tokens', () => `Bearer ${token} ${token}`],
    ['another scheme', () => `Basic ${Buffer.from('patient:patient').toString('base64')}`],
    ['a token that ends too early', () => `Bearer ${token.slice(0, -10)}`],
    ['a token with other claims', () => `Bearer ${tampered(token, { 'cognito:groups': ['admin'] })}`],
    ['a token without a signature', () => `Bearer ${unsigned(token)}`],
    ['a token signed with the public key as a secret', () => `Bearer ${signedWithPublicKey(token)}`],
    ["a token signed with another key under this one's name", () => `Bearer ${resigned(token, { key: foreignKey })}`],
    ['a token of an unknown key', () => `Bearer ${resigned(token, { header: { kid: 'other' }, key: foreignKey })}`],
    ['an expired token', () => `Bearer ${resigned(token, { claims: { exp: now() - 1 } })}`],
    ['a token of another pool', () => `Bearer ${resigned(token, { claims: { iss: `${ISSUERS}/us-east-1_Other` } })}`],
    [
      'a token of another issuer',
      () => `Bearer ${resigned(token, { claims: { iss: 'https://example.com/us-east-1_LocalPool1' } })}`,
    ],
    ['a token without the scope', () => `Bearer ${resigned(token, { claims: { scope: 'openid' } })}`],
    ['a token of another use', () => `Bearer ${resigned(token, { claims: { token_use: 'refresh' } })}`],
  ])('%s', async (_, authorization) => {
    const answer = await withHeader(authorization());
    refused(answer, 401, 'unauthorized');
  });

  it('an id token', async () => {
    const { email } = await newUser();
    refused(await call('GET /me', { token: (await signIn(email)).idToken }), 401, 'unauthorized');
  });
});

it('a token in the address is none', async () => {
  refused(await call(`GET /me?access_token=${token}`), 401, 'unauthorized');
});

it('groups that do not exist give no right', async () => {
  const claims = { 'cognito:groups': ['root', 'Admin'] };
  refused(await call('GET /appointments', { token: resigned(token, { claims }) }), 403, 'forbidden');
});

it('a group alone gives no right: there must be a row too', async () => {
  const admin = resigned(token, { claims: { 'cognito:groups': ['admin'] } });
  const body = { name: 'Clinic', address: 'Street 1', phone: '+351211234567', currency: 'EUR', timeZone: 'UTC' };
  refused(await call('POST /clinics', { token: admin, body }), 403, 'forbidden');
  expect((await call('GET /appointments', { token: admin })).body).toEqual({ items: [], nextCursor: null });
});
