import { generateKeyPairSync } from 'node:crypto';
import { profile } from '@medbook/contract/profile';
import { beforeAll, describe, expect, it } from 'vitest';
import { removeSignature, resignToken, signWithPublicKey, tamperWithClaims } from '../support/aws/forged-token.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, createUser, signIn, signInDemoAccount } from '../support/system/logins.ts';

const readClaims = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
const now = () => Math.floor(Date.now() / 1000);
const ISSUER_PREFIX = 'https://cognito-idp.us-east-1.amazonaws.com';

let token: string;

beforeAll(async () => {
  [token = ''] = await createPatients(1);
});

const callWithAuthorization = (Authorization: string) => callApi('GET /me', { headers: { Authorization } });

describe('a valid token', () => {
  it.each<[string, () => string]>([
    ['with the scheme Bearer', () => `Bearer ${token}`],
    ['without a scheme, which API Gateway also accepts', () => token],
    // Proves that the tokens below are not refused only because they were signed again.
    ['after it was signed again with the same key', () => `Bearer ${resignToken(token)}`],
  ])('is accepted %s', async (_, authorization) => {
    expectSuccess(await callWithAuthorization(authorization()), 200, profile);
  });
});

const otherPoolKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe('401 is returned for', () => {
  it.each<[string, () => string]>([
    ['an empty header', () => ''],
    ['no token after Bearer', () => 'Bearer'],
    ['a word that is not a token', () => 'Bearer let-me-in'],
    ['three dots', () => 'Bearer ...'],
    ['two tokens', () => `Bearer ${token} ${token}`],
    ['another scheme', () => `Basic ${Buffer.from('patient:patient').toString('base64')}`],
    ['a truncated token', () => `Bearer ${token.slice(0, -10)}`],
    ['a token with changed claims', () => `Bearer ${tamperWithClaims(token, { 'cognito:groups': ['admin'] })}`],
    ['a token without a signature', () => `Bearer ${removeSignature(token)}`],
    ['a token signed with the public key as a secret', () => `Bearer ${signWithPublicKey(token)}`],
    [
      'a token signed with another key, but with the key id of the user pool',
      () => `Bearer ${resignToken(token, { key: otherPoolKey })}`,
    ],
    [
      'a token with an unknown key id',
      () => `Bearer ${resignToken(token, { header: { kid: 'other' }, key: otherPoolKey })}`,
    ],
    ['an expired token', () => `Bearer ${resignToken(token, { claims: { exp: now() - 1 } })}`],
    [
      'a token of another user pool',
      () => `Bearer ${resignToken(token, { claims: { iss: `${ISSUER_PREFIX}/us-east-1_Other` } })}`,
    ],
    [
      'a token of another issuer',
      () => `Bearer ${resignToken(token, { claims: { iss: 'https://example.com/us-east-1_LocalPool1' } })}`,
    ],
    ['a token without the required scope', () => `Bearer ${resignToken(token, { claims: { scope: 'openid' } })}`],
    ['a token with another token_use', () => `Bearer ${resignToken(token, { claims: { token_use: 'refresh' } })}`],
  ])('%s', async (_, authorization) => {
    const response = await callWithAuthorization(authorization());
    expectRefusal(response, 401, 'unauthorized');
  });

  it('an id token', async () => {
    const { email } = await createUser();
    expectRefusal(await callApi('GET /me', { token: (await signIn(email)).idToken }), 401, 'unauthorized');
  });
});

it('a token in the query string is not accepted', async () => {
  expectRefusal(await callApi(`GET /me?access_token=${token}`), 401, 'unauthorized');
});

it('unknown groups give no rights', async () => {
  const claims = { 'cognito:groups': ['root', 'Admin'] };
  expectRefusal(await callApi('GET /appointments', { token: resignToken(token, { claims }) }), 403, 'forbidden');
});

const STAFF_POOL = { iss: `${ISSUER_PREFIX}/us-east-1_LocalStaff` };

it('a group of staff in a token of a patient gives no rights, and the reverse', async () => {
  const staff = await signInDemoAccount('admin');
  for (const group of ['admin', 'doctor']) {
    const claims = { ...readClaims(staff), iss: readClaims(token).iss, 'cognito:groups': [group] };
    expectRefusal(await callApi('GET /appointments', { token: resignToken(token, { claims }) }), 403, 'forbidden');
  }
  const claims = { ...readClaims(token), iss: readClaims(staff).iss, 'cognito:groups': ['patient'] };
  expectRefusal(await callApi('GET /appointments', { token: resignToken(staff, { claims }) }), 403, 'forbidden');
  expectRefusal(await callApi('GET /me', { token: resignToken(staff, { claims }) }), 403, 'forbidden');
});

it('a group gives no rights without a row in the database', async () => {
  const admin = resignToken(token, { claims: { ...STAFF_POOL, 'cognito:groups': ['admin'] } });
  const body = { name: 'Clinic', address: 'Street 1', phone: '+351211234567', currency: 'EUR', timeZone: 'UTC' };
  expectRefusal(await callApi('POST /clinics', { token: admin, body }), 403, 'forbidden');
  expect((await callApi('GET /appointments', { token: admin })).body).toEqual({ items: [], nextCursor: null });
});
