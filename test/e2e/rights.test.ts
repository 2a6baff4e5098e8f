import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { docsRoutes } from '../../lambdas/entry/docs.contract.ts';
import { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import { type Access, GROUPS, type Group } from '../../lambdas/shared/access.ts';
import { refused } from '../support/answers.ts';
import { call } from '../support/http.ts';
import { demoToken } from '../support/logins.ts';

const contract: Readonly<Record<string, Access>> = {
  ...availabilityApiRoutes,
  ...docsRoutes,
  ...patientApiRoutes,
  ...staffApiRoutes,
};

const tokens = new Map<Group, string>();

beforeAll(async () => {
  for (const group of GROUPS) tokens.set(group, await demoToken(group));
});

/** A call that changes nothing: of things that do not exist, with no body. */
const harmless = (route: string) => route.replaceAll(/\{\w+\}/g, () => randomUUID());

// In these words, and only in them, is a group told that a route is not for it.
const NOT_FOR_YOU = /^This is for: /;

describe.each(Object.entries(contract))('%s', (route, access) => {
  it(access === 'public' ? 'is for everybody' : 'is for nobody without a token', async () => {
    const answer = await call(harmless(route));
    if (access !== 'public') return void refused(answer, 401, 'unauthorized');
    expect([200, 400, 404]).toContain(answer.status);
  });

  it.each(GROUPS)('%s: as the contract says', async (group) => {
    const answer = await call(harmless(route), { token: tokens.get(group) });
    expect(answer.status).toBeLessThan(500);
    expect(answer.status).not.toBe(401);
    const allowed = typeof access === 'string' || access.includes(group);
    if (allowed) expect(answer.body).not.toMatchObject({ detail: expect.stringMatching(NOT_FOR_YOU) });
    else expect(refused(answer, 403, 'forbidden').detail).toMatch(NOT_FOR_YOU);
  });
});
