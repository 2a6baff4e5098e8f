import * as z from 'zod';
import { id, text } from './fields.ts';

/** The end of the page before: the sort key of its last item (a name or a start) and its id. */
export interface After {
  readonly key: string;
  readonly id: string;
}

const after = z.tuple([text(500), id]);

function readCursor(cursor: string, context: z.RefinementCtx): After {
  try {
    const [key, lastId] = after.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { key, id: lastId };
  } catch {
    // Whatever is wrong with it, only one thing helps: to take the cursor as it was given.
    context.addIssue({ code: 'custom', message: 'expected the nextCursor of an earlier page' });
    return z.NEVER;
  }
}

/** The query fields of a list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).transform(readCursor).optional(),
};

// An instant as we give it. PostgreSQL takes fewer than RFC 3339: no year 0, and no offset of 16 hours.
const utcKey = z.iso.datetime().regex(/^(?!0000)/);

/** The query fields of a list that is sorted by time. */
export const pagingByTime = {
  limit: paging.limit,
  cursor: paging.cursor.refine((given) => !given || utcKey.safeParse(given.key).success, {
    error: 'expected the nextCursor of an earlier page',
  }),
};

/** The answer of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Makes a page of `limit` items out of rows of which one more was asked for, to know whether there is another page. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  after: (row: Row) => After,
) {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(item), nextCursor: last ? cursorOf(after(last)) : null };
}

const cursorOf = ({ key, id }: After) => Buffer.from(JSON.stringify([key, id])).toString('base64url');
