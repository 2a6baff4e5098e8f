import * as z from 'zod';

/** The response header of a resource that has a version. */
export const etagHeader = z.object({
  ETag: z.string().meta({ description: 'The version. Send it back in If-Match or If-None-Match.', example: '"3"' }),
});

/**
 * The request header of a command that must only act on the version that its caller has seen. Parsed to the version, undefined for any.
 * A tag that this API never returns is invalid rather than outdated.
 */
export const ifMatchHeader = z.object({
  'if-match': z
    .string()
    .regex(/^(\*|"[1-9]\d{0,8}")$/, 'expected one ETag exactly as it was returned, like "3", or *')
    .transform((tag) => (tag === '*' ? undefined : Number(tag.slice(1, -1))))
    .optional()
    .meta({ description: 'The ETag that you have seen. Any other version is refused with 412.', example: '"3"' }),
});

/** The request header of a read whose caller may already have the current version. Unknown tags match nothing and are no error. */
export const ifNoneMatchHeader = z.object({
  'if-none-match': z
    .string()
    .optional()
    .meta({ description: 'The ETag that you have. If it is still current, the response is 304.', example: '"3"' }),
});
