import type { Access } from '@medbook/contract/access';
import { TAGS } from '@medbook/contract/operation';
import { API_FUNCTIONS, ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, it } from 'vitest';
import { buildOpenApi } from '../../../lambdas/docs/openapi.ts';

// Converted to JSON and back, because the API serves it as JSON.
const document = JSON.parse(JSON.stringify(buildOpenApi(Object.values(API_FUNCTIONS))));

const accessEntries = ROUTES.map(({ key, access }): [string, Access] => [key, access]);
const METHODS = ['get', 'post', 'patch', 'delete'];

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: object;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: unknown;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { schema: object }> };
  readonly responses: Readonly<Record<string, { description: string; content?: Record<string, { schema: object }> }>>;
}

const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    key: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);

describe('the description of the API', () => {
  it('is OpenAPI 3.1', () => {
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
      info: { title: 'MedBook', version: expect.any(String) },
    });
    expect(
      Object.keys(document).filter(
        (key) => !['openapi', 'info', 'servers', 'tags', 'paths', 'components'].includes(key),
      ),
    ).toEqual([]);
    expect(operations.filter(({ method }) => !METHODS.includes(method))).toEqual([]);
  });

  it('describes every route of the contracts, and no other', () => {
    expect(operations.map(({ key }) => key).sort()).toEqual(accessEntries.map(([key]) => key).sort());
  });

  it('groups every operation by a tag that it describes', () => {
    expect(document.tags.map(({ name }: { name: string }) => name)).toEqual(Object.keys(TAGS));
    expect(operations.filter(({ operation }) => operation.tags.length !== 1)).toEqual([]);
  });

  it('has examples that its own schemas accept', () => {
    const examples = ROUTES.flatMap(({ key, operation }) =>
      Object.entries<object>(operation.examples ?? {}).map(([name, value]) => ({ key, name, value, operation })),
    );
    expect(examples.length).toBeGreaterThan(8);
    for (const { key, name, value, operation } of examples) {
      expect(operation.body?.safeParse(value).error?.issues ?? [], `${key}: ${name}`).toEqual([]);
    }
  });

  it('has no unresolved references', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = '']) => reference,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const reference of new Set(references)) {
      const steps = reference.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
      expect(steps[0], reference).toBe('#');
      const target = steps.slice(1).reduce<unknown>((part, step) => Object(part)[step], document);
      expect(target, reference).toBeTypeOf('object');
    }
  });

  it('has a unique id for every operation', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
  });
});

describe.each(operations)('$key', ({ key, path, operation }) => {
  const access = new Map(accessEntries).get(key);

  it('has exactly the parameters of its path, and each parameter once', () => {
    const parameters = operation.parameters ?? [];
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(inPath.every(({ required }) => required)).toBe(true);
    expect(parameters.every(({ schema }) => typeof schema === 'object')).toBe(true);
    expect(parameters.every((parameter) => ['path', 'query', 'header'].includes(parameter.in))).toBe(true);
    expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size).toBe(parameters.length);
  });

  it('documents who can call it', () => {
    expect(operation.security).toEqual(access === 'public' ? undefined : [{ accessToken: [] }]);
    expect(document.components.securitySchemes).toHaveProperty('accessToken');
    expect('401' in operation.responses).toBe(access !== 'public');
    expect('403' in operation.responses).toBe(Array.isArray(access) || key === 'GET /me');
  });

  it('documents the rate limit headers if the route is rate limited', () => {
    const isLimited = ROUTES.some((listed) => listed.key === key && listed.isRateLimited);
    for (const [status, response] of Object.entries(operation.responses)) {
      const headers = Object.keys(Object(response).headers ?? {});
      expect(headers.includes('RateLimit') && headers.includes('RateLimit-Policy'), status).toBe(isLimited);
      expect(headers.includes('Retry-After'), status).toBe(status === '429');
    }
    expect('429' in operation.responses).toBe(isLimited);
  });

  it('documents its request body and its responses', () => {
    const route = ROUTES.find((listed) => listed.key === key)?.operation;
    expect(operation.summary).toMatch(/\.$/);
    expect(operation.requestBody !== undefined).toBe(route?.body !== undefined);
    // A body is optional in OpenAPI unless `required` is set.
    expect(operation.requestBody?.required ?? false).toBe(
      route?.body !== undefined && !route.body.safeParse(undefined).success,
    );
    expect(operation.responses).toHaveProperty(String(route?.status ?? 200));
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description).not.toBe('');
      const types = Object.keys(content ?? {});
      expect(types).toHaveLength(status === '304' ? 0 : 1);
      if (Number(status) >= 400) expect(types).toEqual(['application/problem+json']);
    }
  });
});

describe('an appointment', () => {
  const appointmentRoutes = operations.filter(({ operation }) =>
    Object.values(operation.responses).some(({ content }) =>
      Object(content?.['application/json']?.schema).$ref?.endsWith('/Appointment'),
    ),
  );

  it('has a documented ETag', () => {
    expect(appointmentRoutes.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['POST /appointments', 'GET /appointments/{appointmentId}']),
    );
    for (const { key, operation } of appointmentRoutes) {
      const [successResponse] = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      expect(Object(successResponse?.[1]).headers, key).toHaveProperty('ETag');
    }
  });

  it('has If-Match on changes and If-None-Match on reads', () => {
    const hasHeader = (name: string) => (entry: (typeof operations)[number]) =>
      entry.operation.parameters?.some((parameter) => parameter.in === 'header' && parameter.name === name) ?? false;
    for (const entry of appointmentRoutes.filter(({ path }) => path.includes('{appointmentId}'))) {
      const isRead = entry.method === 'get';
      expect(hasHeader('if-match')(entry), entry.key).toBe(!isRead);
      expect(hasHeader('if-none-match')(entry), entry.key).toBe(isRead);
      expect('304' in entry.operation.responses, entry.key).toBe(isRead);
      expect('412' in entry.operation.responses, entry.key).toBe(!isRead);
    }
  });
});
