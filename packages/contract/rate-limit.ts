import * as z from 'zod';

/** A limit on a number of requests (or bookings) in a time window. */
export interface RateLimit {
  readonly countedBy: 'address' | 'user' | 'bookings';
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * The response headers that describe the caller's rate limit:
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/. Absent while requests are not counted.
 */
export const rateLimitHeaders = z.object({
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description:
        'What is counted (requests by address or by user; bookings when their limit is reached), the limit (q) and the window in seconds (w).',
      example: '"address";q=100;w=900',
      header: { id: 'RateLimit-Policy' },
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description: 'The requests that remain (r), and in how many seconds the window starts again (t).',
      example: '"address";r=99;t=900',
      header: { id: 'RateLimit' },
    }),
});

/** Returns the headers that describe a rate limit in one response. */
export const createRateLimitHeaders = (
  { countedBy, requests, windowSeconds }: RateLimit,
  { remaining, resetSeconds }: { remaining: number; resetSeconds: number },
): z.output<typeof rateLimitHeaders> => ({
  'RateLimit-Policy': `"${countedBy}";q=${requests};w=${windowSeconds}`,
  RateLimit: `"${countedBy}";r=${remaining};t=${resetSeconds}`,
});
