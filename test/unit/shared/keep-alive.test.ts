import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import { jobHandler } from '../../../lambdas/shared/job-handler.ts';
import { isKeepAlive, KEEP_ALIVE_EVENT } from '../../../lambdas/shared/keep-alive.contract.ts';
import { createLambdaContext } from '../../support/http/in-process-api.ts';

it('is recognised by its source alone', () => {
  expect(isKeepAlive(KEEP_ALIVE_EVENT)).toBe(true);
  for (const event of [undefined, null, '', {}, { source: 'aws.scheduler' }, [KEEP_ALIVE_EVENT]])
    expect(isKeepAlive(event)).toBe(false);
});

it('does not run the work of a job', async () => {
  const work = vi.fn(async () => 'done');
  const handler = jobHandler('test', work);
  expect(await handler(KEEP_ALIVE_EVENT, createLambdaContext())).toBeUndefined();
  expect(work).not.toHaveBeenCalled();
  expect(await handler({}, createLambdaContext())).toBe('done');
});

it('runs no middleware and no route of the API, and logs no request', async () => {
  const limit = vi.fn();
  const log = vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const handler = httpHandler({
    routes: { 'GET /things': { id: 'test', tag: 'System', summary: 'Test.', access: 'public', response: z.unknown() } },
    handlers: { 'GET /things': vi.fn() },
    deps: {},
    corsOrigins: '*',
    rateLimit: { before: limit },
  });
  const event: unknown = KEEP_ALIVE_EVENT;
  await handler(event as APIGatewayProxyEvent, createLambdaContext());
  expect(limit).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});
