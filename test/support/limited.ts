import type { APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import { httpHandler } from '../../lambdas/shared/http/handler.ts';
import type { LimitMiddleware } from '../../lambdas/shared/http/rate-limit.ts';
import { route } from '../../lambdas/shared/http/route.ts';
import { Refused } from '../../lambdas/shared/refusal.ts';
import { type ApiAnswer, type ApiCall, eventOf, lambdaContext } from './api.ts';

const thing = route({ summary: '', response: z.unknown(), handle: async () => ({ body: { here: true } }) });

const used = route({
  summary: '',
  response: z.unknown(),
  handle: async () => {
    const limit = { countedBy: 'bookings', requests: 5, windowSeconds: 60 } as const;
    throw new Refused('rate_limited', 'A sentence.', { retryAfterSeconds: 34, limit });
  },
});

/** A function with a public route, one for users, one that has a limit of its own, and one for admins, behind this limit. */
export const limitedBy = (limit: LimitMiddleware | undefined) =>
  httpHandler({
    access: { 'GET /things': 'public', 'GET /mine': 'signed-in', 'POST /mine': 'signed-in', 'GET /theirs': ['admin'] },
    routes: { 'GET /things': thing, 'GET /mine': thing, 'POST /mine': used, 'GET /theirs': thing },
    deps: {},
    corsOrigins: '*',
    limit,
  });

type Asked = Partial<ApiCall> & { readonly sourceIp?: string };

/** Calls such a function; without more the public route. */
export async function ask(handler: ReturnType<typeof limitedBy>, asked: Asked = {}): Promise<ApiAnswer> {
  const { sourceIp = '192.0.2.1', ...call } = asked;
  const event = eventOf({ route: 'GET /things', ...call });
  event.requestContext.identity = { ...event.requestContext.identity, sourceIp };
  const result: APIGatewayProxyResult = Object(await handler(event, lambdaContext()));
  return { status: result.statusCode, headers: result.headers, body: JSON.parse(result.body) };
}
