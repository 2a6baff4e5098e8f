import { expect } from 'vitest';
import type * as z from 'zod';
import { problem } from '../../lambdas/shared/http/problem.ts';
import type { HttpAnswer } from './http.ts';
import { strictly } from './strictly.ts';

/** The body of an answer that must have this status and be exactly what the schema describes. */
export function done<Body>(answer: HttpAnswer, status: 200 | 201, schema: z.ZodType<Body>): Body {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
  strictly(schema).parse(answer.body);
  return schema.parse(answer.body);
}

/** The problem that an answer must be, with this status and code, in the headers and form that every refusal has. */
export function refused(answer: HttpAnswer, status: number, code: string): z.output<typeof problem> {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  strictly(problem).parse(answer.body);
  return problem.parse(answer.body);
}
