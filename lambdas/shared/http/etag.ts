import * as z from 'zod';
import type { Reply } from './reply.ts';

/** The entity tag of a thing that counts its versions. What it only names, as an appointment its doctor, may be renamed under the same tag. */
export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/** What an answer carries whose body is one such thing, for the description of the API. */
export const etagHeader = z.object({
  ETag: z.string().meta({ description: 'Its version: send it back in If-Match or If-None-Match.', example: '"3"' }),
});

/**
 * The header of a command that shall act only on the version that its caller has seen. It gives the version, undefined for any.
 * The tags are ours alone: one that was never given is told so, and not taken for a version that has passed.
 */
export const ifMatchHeader = z.object({
  'if-match': z
    .string()
    .regex(/^(\*|"[1-9]\d{0,8}")$/, 'expected one ETag just as it was given, like "3", or *')
    .transform((tag) => (tag === '*' ? undefined : Number(tag.slice(1, -1))))
    .optional()
    .meta({ description: 'The ETag that you have seen: another version is refused.', example: '"3"' }),
});

/** The header of a read whose caller has some version already. What it says besides our tags matches nothing, and is no fault. */
export const ifNoneMatchHeader = z.object({
  'if-none-match': z
    .string()
    .optional()
    .meta({ description: 'The ETag that you have: answered with 304 while it holds.', example: '"3"' }),
});

/** The reply to a read, or 304 without a body to a caller who has this version already. */
export function unlessKnown(reply: Reply, ifNoneMatch: string | undefined): Reply {
  const tag = reply.headers?.ETag;
  if (tag === undefined || ifNoneMatch === undefined || !names(ifNoneMatch, tag)) return reply;
  return { status: 304, body: '', headers: { ETag: tag } };
}

/** Weak tags count as strong ones: a read does no harm (RFC 9110, 13.1.2). */
function names(list: string, tag: string): boolean {
  return list.trim() === '*' || [...list.matchAll(/"[^"]*"/g)].some(([one]) => one === tag);
}
