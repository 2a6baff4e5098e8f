import { createRateLimitHeaders } from '@medbook/contract/rate-limit';
import type middy from '@middy/core';
import type { APIGatewayProxyEvent, Context as LambdaContext } from 'aws-lambda';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { Cache, CacheClient } from '../cache.ts';
import { RefusalError } from '../refusal-error.ts';
import type { RequestState } from './response-middleware.ts';

/** The request limit of each caller. Requests to all functions are counted together, in the cache. */
interface RateLimitOptions {
  readonly cache: Cache;
  /** 0: no limit. */
  readonly requests: number;
  /** The window starts with a caller's first request. @default 900 */
  readonly windowSeconds?: number;
}

/** A middleware that limits the requests of each caller. */
export type RateLimitMiddleware = middy.MiddlewareObj<
  APIGatewayProxyEvent,
  unknown,
  Error,
  LambdaContext,
  RequestState
>;

/**
 * Returns a middleware that counts every request and refuses those over the limit; each response has the number that remain. While the
 * cache is unavailable no request is counted or refused: the web ACL's coarse limit and the database's limit of bookings still apply.
 * Returns undefined if there is no limit.
 */
export function createRateLimitMiddleware({
  cache,
  requests,
  windowSeconds = 900,
}: RateLimitOptions): RateLimitMiddleware | undefined {
  if (requests === 0) return undefined;
  const limiters = new WeakMap<CacheClient, RateLimiterRedis>();

  function getLimiter(client: CacheClient): RateLimiterRedis {
    const existing = limiters.get(client);
    if (existing) return existing;
    const limiter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: 'limit',
      points: requests,
      duration: windowSeconds,
    });
    limiters.set(client, limiter);
    return limiter;
  }

  return {
    before: async ({ event, internal }) => {
      const { countedBy, id } = rateLimitKey(event);
      const usage = await cache.use((client) => consumePoint(getLimiter(client), `${countedBy}:${id}`));
      if (!usage) return;
      const resetSeconds = Math.ceil(usage.msBeforeNext / 1000);
      const state = { remaining: usage.remainingPoints, resetSeconds };
      internal.headers = { ...createRateLimitHeaders({ countedBy, requests, windowSeconds }, state) };
      if (usage.consumedPoints <= requests) return;
      throw new RefusalError('rate_limited', {
        facts: { requests, windowSeconds },
        retryAfterSeconds: Math.max(resetSeconds, 1),
      });
    },
  };
}

/** The user of a verified token, else the address that API Gateway received the request from. Headers with addresses can be forged. */
function rateLimitKey({ requestContext }: APIGatewayProxyEvent): { countedBy: 'user' | 'address'; id: string } {
  const sub: unknown = requestContext.authorizer?.claims?.sub;
  if (typeof sub === 'string' && sub !== '') return { countedBy: 'user', id: sub };
  return { countedBy: 'address', id: requestContext.identity.sourceIp };
}

async function consumePoint(limiter: RateLimiterRedis, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (error) {
    // The library throws the usage itself when it exceeds the limit.
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}
