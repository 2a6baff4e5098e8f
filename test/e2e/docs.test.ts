import { createHash } from 'node:crypto';
import type { Access } from '@medbook/contract/access';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callApi, type TestHttpResponse } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';

it('GET /health says that the API answers', async () => {
  const response = await callApi('GET /health');
  expect(response).toMatchObject({ status: 200, body: { status: 'ok' } });
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
  const contract: Readonly<Record<string, Access>> = Object.fromEntries(ROUTES.map(({ key, access }) => [key, access]));
  let describedAccess: z.output<typeof description>;

  beforeAll(async () => {
    describedAccess = expectSuccess(await callApi('GET /openapi.json'), 200, description);
  });

  it('is OpenAPI 3.1 and describes every route, and none that is not there', () => {
    expect(describedAccess.openapi).toMatch(/^3\.1\./);
    const named = Object.entries(describedAccess.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(named.sort()).toEqual(Object.keys(contract).sort());
  });

  it.each(Object.entries(contract))('says whether %s needs a token', (route, access) => {
    const [method = '', path = ''] = route.split(' ');
    const found = describedAccess.paths[path]?.[method.toLowerCase()];
    expect(found?.security).toEqual(access === 'public' ? undefined : [{ accessToken: [] }]);
    expect('401' in (found?.responses ?? {})).toBe(access !== 'public');
  });
});

describe('GET /docs', () => {
  let response: TestHttpResponse;
  let html: string;

  beforeAll(async () => {
    response = await callApi('GET /docs');
    html = String(response.body);
  });

  it('is a page', () => {
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
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
      String(response.headers['content-security-policy'])
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
