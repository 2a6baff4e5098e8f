import { problem } from '@medbook/contract/problem';
import { expect } from 'vitest';
import type * as z from 'zod';
import type { TestHttpResponse } from './call-api.ts';
import { toStrictSchema } from './strict-schema.ts';

/** Expects this status and a body that matches the schema exactly; returns the body. */
export function expectSuccess<Body>(response: TestHttpResponse, status: 200 | 201, schema: z.ZodType<Body>): Body {
  expect({ status: response.status, body: response.body }).toEqual({ status, body: expect.anything() });
  toStrictSchema(schema).parse(response.body);
  return schema.parse(response.body);
}

/** Expects a problem response with this status and code; returns the problem. */
export function expectRefusal(response: TestHttpResponse, status: number, code: string): z.output<typeof problem> {
  expect({ status: response.status, body: response.body }).toMatchObject({ status, body: { status, code } });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  toStrictSchema(problem).parse(response.body);
  return problem.parse(response.body);
}
