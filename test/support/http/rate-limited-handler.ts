import type { APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import type { RateLimitMiddleware } from '../../../lambdas/shared/http/rate-limit-middleware.ts';
import { RefusalError } from '../../../lambdas/shared/refusal-error.ts';
import {
  type ApiCall,
  type ApiResponse,
  createApiEvent,
  createLambdaContext,
  USER_POOL_IDS,
} from './in-process-api.ts';

const operation = { id: 'test', tag: 'System', summary: 'Test.', response: z.unknown() } as const;
const getThing = async () => ({ body: { here: true } });
const limit = { countedBy: 'bookings', requests: 5, windowSeconds: 60 } as const;

/** Creates a handler behind this rate limit with a public route, a signed-in route, a route with its own limit and an admin route. */
export const createRateLimitedHandler = (rateLimit: RateLimitMiddleware | undefined) =>
  httpHandler({
    routes: {
      'GET /things': { ...operation, access: 'public' },
      'GET /mine': { ...operation, access: 'signed-in' },
      'POST /mine': { ...operation, access: 'signed-in' },
      'GET /theirs': { ...operation, access: ['admin'] },
    },
    handlers: {
      'GET /things': getThing,
      'GET /mine': getThing,
      'POST /mine': async () => {
        throw new RefusalError('rate_limited', { facts: { value: 5 }, retryAfterSeconds: 34, limit });
      },
      'GET /theirs': getThing,
    },
    deps: {},
    userPoolIds: USER_POOL_IDS,
    corsOrigins: '*',
    rateLimit,
  });

type CallOptions = Partial<ApiCall> & { readonly sourceIp?: string };

/** Calls the handler; by default its public route. */
export async function callHandler(
  handler: ReturnType<typeof createRateLimitedHandler>,
  options: CallOptions = {},
): Promise<ApiResponse> {
  const { sourceIp = '192.0.2.1', ...call } = options;
  const event = createApiEvent({ route: 'GET /things', ...call });
  event.requestContext.identity = { ...event.requestContext.identity, sourceIp };
  const result: APIGatewayProxyResult = Object(await handler(event, createLambdaContext()));
  return { status: result.statusCode, headers: result.headers, body: JSON.parse(result.body) };
}
