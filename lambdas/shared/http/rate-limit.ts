import type middy from '@middy/core';
import type { APIGatewayProxyEvent, Context as LambdaContext } from 'aws-lambda';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { Cache, CacheClient } from '../cache.ts';
import { Refused } from '../refusal.ts';
import { limitHeadersOf } from './limit-headers.ts';
import type { Notes } from './respond.ts';

/** How many requests each caller has in a window of time, counted in the cache for all functions together. */
export interface RateLimit {
  readonly cache: Cache;
  /** 0: as many as they like. */
  readonly requests: number;
  /** From a caller's first request on. @default 900 */
  readonly windowSeconds?: number;
}

/** Stands before a function's routes. */
export type LimitMiddleware = middy.MiddlewareObj<APIGatewayProxyEvent, unknown, Error, LambdaContext, Notes>;

/**
 * Counts every request, whatever it comes to, and refuses those beyond the limit; each answer says how many are left. While the
 * cache is away nobody is counted and nobody refused: the firewall's coarse limit stays, and that of bookings, which is in the database.
 */
export function limitRequests({ cache, requests, windowSeconds = 900 }: RateLimit): LimitMiddleware | undefined {
  if (requests === 0) return undefined;
  const limiters = new WeakMap<CacheClient, RateLimiterRedis>();

  function limiterOn(client: CacheClient): RateLimiterRedis {
    const known = limiters.get(client);
    if (known) return known;
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
      const { countedBy, id } = whoseIs(event);
      const count = await cache.use((client) => countOn(limiterOn(client), `${countedBy}:${id}`));
      if (!count) return;
      const resetSeconds = Math.ceil(count.msBeforeNext / 1000);
      const left = { left: count.remainingPoints, resetSeconds };
      internal.headers = { ...limitHeadersOf({ countedBy, requests, windowSeconds }, left) };
      if (count.consumedPoints <= requests) return;
      throw new Refused('rate_limited', `At most ${requests} requests in ${windowSeconds / 60} minutes.`, {
        retryAfterSeconds: Math.max(resetSeconds, 1),
      });
    },
  };
}

/**
 * Whose request it is: the user's behind a verified token, else the address's that API Gateway saw. What headers say of an
 * address anybody can write.
 */
function whoseIs({ requestContext }: APIGatewayProxyEvent): { countedBy: 'user' | 'address'; id: string } {
  const sub: unknown = requestContext.authorizer?.claims?.sub;
  if (typeof sub === 'string' && sub !== '') return { countedBy: 'user', id: sub };
  return { countedBy: 'address', id: requestContext.identity.sourceIp };
}

async function countOn(limiter: RateLimiterRedis, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (beyond) {
    // The library throws the count itself when it is beyond the limit.
    if (beyond instanceof RateLimiterRes) return beyond;
    throw beyond;
  }
}
