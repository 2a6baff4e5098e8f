import { describe, expect, it } from 'vitest';
import { getCaller, parseGroups } from '../../../../lambdas/shared/http/caller.ts';

describe('the groups of a token', () => {
  it.each<[string, unknown, string[]]>([
    ['an array', ['admin', 'doctor'], ['doctor', 'admin']],
    ['an array of one', ['patient'], ['patient']],
    ['one word', 'patient', ['patient']],
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
  ])('%s', (_, claim, groups) => {
    expect(parseGroups(claim)).toEqual(groups);
  });
});

describe('the caller', () => {
  const claims = { sub: 's', username: 'u', token_use: 'access', 'cognito:groups': '[patient]' };

  it('is read from the claims of an access token', () => {
    expect(getCaller(claims)).toEqual({ sub: 's', username: 'u', groups: ['patient'] });
  });

  it('has the sub as username if the token has no username', () => {
    expect(getCaller({ ...claims, username: undefined })).toMatchObject({ username: 's' });
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
  ])('is unauthorized with %s', (_, invalidClaims) => {
    expect(() => getCaller(invalidClaims)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });
});
