import { encodeCursor, type PagePosition } from '@medbook/contract/page';

/** Builds a page of `limit` items from `limit + 1` rows: the extra row shows that another page follows. */
export function toPage<Row>(rows: readonly Row[], limit: number, positionOf: (row: Row) => PagePosition) {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit), nextCursor: last ? encodeCursor(positionOf(last)) : null };
}
