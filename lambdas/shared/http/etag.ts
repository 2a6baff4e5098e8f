import type { HttpResponse } from './http-response.ts';

/** Returns the ETag of a versioned resource. Names inside it, such as the doctor's, can change without a new version. */
export const toETag = ({ version }: { readonly version: number }): string => `"${version}"`;

/** Returns the response of a read, or 304 without a body if the caller already has this version. */
export function notModifiedOr(response: HttpResponse, ifNoneMatch: string | undefined): HttpResponse {
  const tag = response.headers?.ETag;
  if (tag === undefined || ifNoneMatch === undefined || !includesTag(ifNoneMatch, tag)) return response;
  return { status: 304, body: '', headers: { ETag: tag } };
}

/** Weak comparison, which is enough for reads (RFC 9110, 13.1.2). */
function includesTag(list: string, tag: string): boolean {
  return list.trim() === '*' || [...list.matchAll(/"[^"]*"/g)].some(([one]) => one === tag);
}
