import { describe, expect, it } from 'vitest';
import { getCaller, parseGroups } from '../../../../lambdas/shared/http/caller.ts';

describe('the groups of a token', () => {
  it.each<[string, unknown, string[]]>([
    ['an array', ['admin', 'doctor'], ['doctor', 'admin']],
    ['an array of one', ['admin'], ['admin']],
    ['one word', 'doctor', ['doctor']],
    ['words separated by commas', 'doctor,admin', ['doctor', 'admin']],
    ['words separated by commas and spaces', 'doctor, admin', ['doctor', 'admin']],
    ['words in brackets, as API Gateway writes an array', '[admin doctor]', ['doctor', 'admin']],
    ['one word in brackets', '[admin]', ['admin']],
    ['empty brackets', '[]', []],
    ['undefined', undefined, []],
    ['null', null, []],
    ['an empty string', '', []],
    ['an empty array', [], []],
    ['a number', 7, []],
    ['an object', {}, []],
    ['a word twice', 'admin,admin', ['admin']],
    ['unknown groups', ['admins', 'nurse'], []],
    ['longer words that contain a group', 'administrator,superadmin', []],
    ['another letter case', 'Admin,ADMIN', []],
    ['comma-separated words in an array', ['admin,doctor'], []],
    ['a group of the other pool', 'patient,admin', ['admin']],
  ])('%s', (_, claim, groups) => {
    expect(parseGroups(claim, 'staff')).toEqual(groups);
  });

  it('of the patients are only the group of patients', () => {
    expect(parseGroups('[patient doctor admin]', 'patients')).toEqual(['patient']);
  });
});

describe('the caller', () => {
  const POOLS = { patients: 'us-east-1_Patients', staff: 'eu-west-1_Staff' };
  const patientIssuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Patients';
  const staffIssuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Staff';
  const claims = {
    sub: 's',
    username: 'u',
    iss: patientIssuer,
    iat: '1680633579',
    token_use: 'access',
    'cognito:groups': '[patient]',
  };
  const tokenIssuedAt = new Date('2023-04-04T18:39:39Z');

  it('is read from the claims of an access token', () => {
    const caller = { sub: 's', username: 'u', pool: 'patients', groups: ['patient'], tokenIssuedAt };
    expect(getCaller(claims, POOLS)).toEqual(caller);
    expect(getCaller({ ...claims, iss: staffIssuer, 'cognito:groups': '[admin]' }, POOLS)).toEqual({
      ...caller,
      pool: 'staff',
      groups: ['admin'],
    });
  });

  it.each([
    ['staff in the pool of patients', patientIssuer, '[admin doctor]'],
    ['patients in the pool of staff', staffIssuer, '[patient]'],
  ])('has no groups of %s', (_, iss, groups) => {
    expect(getCaller({ ...claims, iss, 'cognito:groups': groups }, POOLS).groups).toEqual([]);
  });

  it('has the sub as username if the token has no username', () => {
    expect(getCaller({ ...claims, username: undefined }, POOLS)).toMatchObject({ username: 's' });
  });

  it.each<[string, unknown, Date | null]>([
    ['a number', 1680633579, tokenIssuedAt],
    ['a text, as API Gateway writes it', 'Tue Apr 04 18:39:39 UTC 2023', tokenIssuedAt],
    ['another text', 'yesterday', null],
    ['undefined', undefined, null],
  ])('has the time of the token, if the claim is %s', (_, iat, expected) => {
    expect(getCaller({ ...claims, iat }, POOLS).tokenIssuedAt).toEqual(expected);
  });

  it.each<[string, Record<string, unknown> | null | undefined]>([
    ['no claims', undefined],
    ['null', null],
    ['empty claims', {}],
    ['an id token', { ...claims, token_use: 'id' }],
    ['a token without token_use', { ...claims, token_use: undefined }],
    ['a token without a sub', { ...claims, sub: undefined }],
    ['a sub that is not a string', { ...claims, sub: 7 }],
    ['an empty sub', { ...claims, sub: '' }],
    ['a token without an issuer', { ...claims, iss: undefined }],
    ['a token of another pool', { ...claims, iss: patientIssuer.replace('Patients', 'Other') }],
    ['a token of another issuer', { ...claims, iss: 'https://example.com/us-east-1_Patients' }],
    [
      'a token of a pool of the same id in another region',
      { ...claims, iss: patientIssuer.replace('us-east-1.', 'us-west-2.') },
    ],
  ])('is unauthorized with %s', (_, invalidClaims) => {
    expect(() => getCaller(invalidClaims, POOLS)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });
});
