import * as z from 'zod';
import { checkTimeRange, id, text, timeRange } from './fields.ts';

/** The position after which a page starts: the sort key of the previous page's last item (a name or a start time) and its id. */
export interface PagePosition {
  readonly key: string;
  readonly id: string;
}

const position = z.tuple([text(500), id]);

/** The opaque `nextCursor` of a page that ends at this position. */
export function encodeCursor({ key, id }: PagePosition): string {
  const bytes = new TextEncoder().encode(JSON.stringify([key, id]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

const INVALID_CURSOR = 'expected the nextCursor of an earlier page';

function decodeCursor(cursor: string, context: z.RefinementCtx): PagePosition {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const [key, lastId] = position.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { key, id: lastId };
  } catch {
    // The details do not help a caller: the only remedy is to send the cursor as it was returned.
    context.addIssue({ code: 'custom', message: INVALID_CURSOR });
    return z.NEVER;
  }
}

/** The query fields of a list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).transform(decodeCursor).optional(),
};

// Stricter than RFC 3339, as PostgreSQL is: no year 0, no offset of 16 hours.
const utcKey = z.iso.datetime().regex(/^(?!0000)/);

/** The query fields of a list that is sorted by time. */
export const pagingByTime = {
  limit: paging.limit,
  cursor: paging.cursor.refine((cursor) => !cursor || utcKey.safeParse(cursor.key).success, { error: INVALID_CURSOR }),
};

/** The query of a list of what starts in a time range. */
export const pageOfTimeRange = z.strictObject({ ...timeRange, ...pagingByTime }).superRefine(checkTimeRange);

/** The response of a list. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
