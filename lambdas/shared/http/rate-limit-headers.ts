import type { RateLimit, rateLimitHeaders } from '@medbook/contract/rate-limit';
import type * as z from 'zod';

/** Returns the headers that describe a rate limit in one response. */
export const createRateLimitHeaders = (
  { countedBy, requests, windowSeconds }: RateLimit,
  { remaining, resetSeconds }: { remaining: number; resetSeconds: number },
): z.output<typeof rateLimitHeaders> => ({
  'RateLimit-Policy': `"${countedBy}";q=${requests};w=${windowSeconds}`,
  RateLimit: `"${countedBy}";r=${remaining};t=${resetSeconds}`,
});
