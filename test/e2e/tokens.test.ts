import { generateKeyPairSync } from 'node:crypto';
import { profile } from '@medbook/contract/profile';
import { beforeAll, describe, expect, it } from 'vitest';
import { removeSignature, resignToken, signWithPublicKey, tamperWithClaims } from '../support/aws/forged-token.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, createUser, signIn } from '../support/system/logins.ts';

const now = () => Math.floor(Date.now() / 1000);
const ISSUER_PREFIX = 'https://cognito-idp.us-east-1.amazonaws.com';

let token: string;

beforeAll(async () => {
  [token = ''] = await createPatients(1);
});

const callWithHeader = (Authorization: string) => callApi('GET /me', { headers: { Authorization } });

describe('is let in', () => {
  it.each<[string, () => string]>([
    ['as Bearer', () => `Bearer ${token}`],
    ['as the bare token, which API Gateway takes too', () => token],
    [
      'signed anew with the same key, which shows that the forgeries below fail for their own faults',
      () => `Bearer ${resignToken(token)}`,
    ],
  ])('a token %s', async (_, authorization) => {
    expectSuccess(await callWithHeader(authorization()), 200, profile);
  });
});

const otherPoolKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe('is 401', () => {
  it.each<[string, () => string]>([
    ['nothing', () => ''],
    ['no token after Bearer', () => 'Bearer'],
    ['no token at all', () => 'Bearer let-me-in'],
    ['three dots', () => 'Bearer ...'],
    ['two tokens', () => `Bearer ${token} ${token}`],
    ['another scheme', () => `Basic ${Buffer.from('patient:patient').toString('base64')}`],
    ['a token that ends too early', () => `Bearer ${token.slice(0, -10)}`],
    ['a token with other claims', () => `Bearer ${tamperWithClaims(token, { 'cognito:groups': ['admin'] })}`],
    ['a token without a signature', () => `Bearer ${removeSignature(token)}`],
    ['a token signed with the public key as a secret', () => `Bearer ${signWithPublicKey(token)}`],
    [
      "a token signed with another key under this one's name",
      () => `Bearer ${resignToken(token, { key: otherPoolKey })}`,
    ],
    [
      'a token of an unknown key',
      () => `Bearer ${resignToken(token, { header: { kid: 'other' }, key: otherPoolKey })}`,
    ],
    ['an expired token', () => `Bearer ${resignToken(token, { claims: { exp: now() - 1 } })}`],
    [
      'a token of another pool',
      () => `Bearer ${resignToken(token, { claims: { iss: `${ISSUER_PREFIX}/us-east-1_Other` } })}`,
    ],
    [
      'a token of another issuer',
      () => `Bearer ${resignToken(token, { claims: { iss: 'https://example.com/us-east-1_LocalPool1' } })}`,
    ],
    ['a token without the scope', () => `Bearer ${resignToken(token, { claims: { scope: 'openid' } })}`],
    ['a token of another use', () => `Bearer ${resignToken(token, { claims: { token_use: 'refresh' } })}`],
  ])('%s', async (_, authorization) => {
    const response = await callWithHeader(authorization());
    expectRefusal(response, 401, 'unauthorized');
  });

  it('an id token', async () => {
    const { email } = await createUser();
    expectRefusal(await callApi('GET /me', { token: (await signIn(email)).idToken }), 401, 'unauthorized');
  });
});

it('a token in the address is none', async () => {
  expectRefusal(await callApi(`GET /me?access_token=${token}`), 401, 'unauthorized');
});

it('groups that do not exist give no right', async () => {
  const claims = { 'cognito:groups': ['root', 'Admin'] };
  expectRefusal(await callApi('GET /appointments', { token: resignToken(token, { claims }) }), 403, 'forbidden');
});

it('a group alone gives no right: there must be a row too', async () => {
  const admin = resignToken(token, { claims: { 'cognito:groups': ['admin'] } });
  const body = { name: 'Clinic', address: 'Street 1', phone: '+351211234567', currency: 'EUR', timeZone: 'UTC' };
  expectRefusal(await callApi('POST /clinics', { token: admin, body }), 403, 'forbidden');
  expect((await callApi('GET /appointments', { token: admin })).body).toEqual({ items: [], nextCursor: null });
});
