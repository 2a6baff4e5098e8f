import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { docsRoutes } from '../../lambdas/entry/docs.contract.ts';
import { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import type { Access } from '../../lambdas/shared/access.ts';
import { done } from '../support/answers.ts';
import { call, type HttpAnswer } from '../support/http.ts';

it('GET /health says that the API answers', async () => {
  const answer = await call('GET /health');
  expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
});

describe('GET /openapi.json', () => {
  const operation = z.looseObject({
    security: z.array(z.unknown()).optional(),
    responses: z.record(z.string(), z.unknown()),
  });
  const description = z.looseObject({
    openapi: z.string(),
    paths: z.record(z.string(), z.record(z.string(), operation)),
  });
  const contract: Readonly<Record<string, Access>> = {
    ...availabilityApiRoutes,
    ...docsRoutes,
    ...patientApiRoutes,
    ...staffApiRoutes,
  };
  let described: z.output<typeof description>;

  beforeAll(async () => {
    described = done(await call('GET /openapi.json'), 200, description);
  });

  it('is OpenAPI 3.1 and describes every route, and none that is not there', () => {
    expect(described.openapi).toMatch(/^3\.1\./);
    const named = Object.entries(described.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(named.sort()).toEqual(Object.keys(contract).sort());
  });

  it.each(Object.entries(contract))('says whether %s needs a token', (route, access) => {
    const [method = '', path = ''] = route.split(' ');
    const found = described.paths[path]?.[method.toLowerCase()];
    expect(found?.security).toEqual(access === 'public' ? undefined : [{ accessToken: [] }]);
    expect('401' in (found?.responses ?? {})).toBe(access !== 'public');
  });
});

describe('GET /docs', () => {
  let answer: HttpAnswer;
  let html: string;

  beforeAll(async () => {
    answer = await call('GET /docs');
    html = String(answer.body);
  });

  it('is a page', () => {
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html).toMatch(/^<!doctype html>/);
  });

  it('loads nothing from anywhere else', () => {
    const markup = html.replaceAll(/<(script|style)>.*?<\/\1>/gs, '');
    expect(markup).not.toMatch(/<(script|style|link|base|iframe)\b/i);
    expect(markup).not.toMatch(/\b(src|href|srcset|data|action)\s*=/i);
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => style);
    const loaded = styles.flatMap((style) => [...style.matchAll(/url\(\s*["']?([^)"']{0,40})|@import/g)]);
    expect(loaded.filter(([, url]) => !url?.startsWith('data:'))).toEqual([]);
  });

  it('lets its own scripts run, and no other', () => {
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = '']) => script);
    const policy = new Map(
      String(answer.headers['content-security-policy'])
        .split(';')
        .map((directive) => directive.trim().split(' '))
        .map(([name = '', ...sources]) => [name, sources]),
    );
    const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy.get('script-src')?.sort()).toEqual(hashes.sort());
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('connect-src')).toEqual(["'self'"]);
  });
});
