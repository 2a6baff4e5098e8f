import * as z from 'zod';
import type { Limit } from '../refusal.ts';

/** What is left of a caller's limit: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/. Absent while nobody is counted. */
export const limitHeaders = z.object({
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description:
        'By what the caller is counted (address, user; bookings where those have run out), how many there are (q), in how many seconds (w).',
      example: '"address";q=100;w=900',
      header: { id: 'RateLimit-Policy' },
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description: 'How many requests are left (r), and in how many seconds there are all of them again (t).',
      example: '"address";r=99;t=900',
      header: { id: 'RateLimit' },
    }),
});

/** These headers for one request. */
export const limitHeadersOf = (
  { countedBy, requests, windowSeconds }: Limit,
  { left, resetSeconds }: { left: number; resetSeconds: number },
): z.output<typeof limitHeaders> => ({
  'RateLimit-Policy': `"${countedBy}";q=${requests};w=${windowSeconds}`,
  RateLimit: `"${countedBy}";r=${left};t=${resetSeconds}`,
});
