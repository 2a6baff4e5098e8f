import { createHash } from 'node:crypto';
import type { Access } from '@medbook/contract/access';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callApi, type TestHttpResponse } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';

it('GET /health returns the status ok', async () => {
  const response = await callApi('GET /health');
  expect(response).toMatchObject({ status: 200, body: { status: 'ok' } });
});

describe('GET /openapi.json', () => {
  const operation = z.looseObject({
    security: z.array(z.unknown()).optional(),
    responses: z.record(z.string(), z.unknown()),
  });
  const openApiDocument = z.looseObject({
    openapi: z.string(),
    paths: z.record(z.string(), z.record(z.string(), operation)),
  });
  const accessByRoute: Readonly<Record<string, Access>> = Object.fromEntries(
    ROUTES.map(({ key, access }) => [key, access]),
  );
  let document: z.output<typeof openApiDocument>;

  beforeAll(async () => {
    document = expectSuccess(await callApi('GET /openapi.json'), 200, openApiDocument);
  });

  it('returns OpenAPI 3.1 with exactly the routes of the contracts', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const describedRoutes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(describedRoutes.sort()).toEqual(Object.keys(accessByRoute).sort());
  });

  it.each(Object.entries(accessByRoute))('documents whether %s requires a token', (route, access) => {
    const [method = '', path = ''] = route.split(' ');
    const found = document.paths[path]?.[method.toLowerCase()];
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

  it('returns an HTML page', () => {
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html).toMatch(/^<!doctype html>/);
  });

  it('returns a page that loads nothing from other URLs', () => {
    const markup = html.replaceAll(/<(script|style)>.*?<\/\1>/gs, '');
    expect(markup).not.toMatch(/<(script|style|link|base|iframe)\b/i);
    expect(markup).not.toMatch(/\b(src|href|srcset|data|action)\s*=/i);
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => style);
    const loaded = styles.flatMap((style) => [...style.matchAll(/url\(\s*["']?([^)"']{0,40})|@import/g)]);
    expect(loaded.filter(([, url]) => !url?.startsWith('data:'))).toEqual([]);
  });

  it('allows only the scripts of the page in Content-Security-Policy', () => {
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
