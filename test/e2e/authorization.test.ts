import { randomUUID } from 'node:crypto';
import { type Access, GROUPS, type Group } from '@medbook/contract/access';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { resignToken } from '../support/aws/forged-token.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal } from '../support/http/expect-response.ts';
import { signInDemoAccount } from '../support/system/logins.ts';

const accessByRoute: Readonly<Record<string, Access>> = Object.fromEntries(
  ROUTES.map(({ key, access }) => [key, access]),
);

const tokens = new Map<Group, string>();

beforeAll(async () => {
  for (const group of ['patient', 'doctor', 'admin'] as const) tokens.set(group, await signInDemoAccount(group));
  // No account of the demo data is a receptionist's.
  const claims = { sub: randomUUID(), username: randomUUID(), 'cognito:groups': ['receptionist'] };
  tokens.set('receptionist', resignToken(tokens.get('admin') ?? '', { claims }));
});

/** Fills in ids that do not exist, because the calls must not change anything. */
const toHarmlessPath = (route: string) => route.replaceAll(/\{\w+\}/g, () => randomUUID());

// Only the refusal of a group has this detail.
const WRONG_GROUP_PATTERN = /^Only for the roles: /;

describe.each(Object.entries(accessByRoute))('%s', (route, access) => {
  it(access === 'public' ? 'is public' : 'returns 401 without a token', async () => {
    const response = await callApi(toHarmlessPath(route));
    if (access !== 'public') return void expectRefusal(response, 401, 'unauthorized');
    expect([200, 400, 404]).toContain(response.status);
  });

  it.each(GROUPS)('accepts or refuses the group %s as in the contract', async (group) => {
    const response = await callApi(toHarmlessPath(route), { token: tokens.get(group) });
    expect(response.status).toBeLessThan(500);
    expect(response.status).not.toBe(401);
    const isAllowed = typeof access === 'string' || access.includes(group);
    if (isAllowed) expect(response.body).not.toMatchObject({ detail: expect.stringMatching(WRONG_GROUP_PATTERN) });
    else expect(expectRefusal(response, 403, 'forbidden').detail).toMatch(WRONG_GROUP_PATTERN);
  });
});

it('a receptionist has no profile yet', async () => {
  expectRefusal(await callApi('GET /me', { token: tokens.get('receptionist') }), 403, 'forbidden');
});
