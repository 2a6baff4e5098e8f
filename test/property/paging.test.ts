import { paging } from '@medbook/contract/page';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { toPage } from '../../lambdas/shared/http/page.ts';

interface Row {
  readonly name: string;
  readonly id: string;
}

const query = z.strictObject(paging);
const byNameAndId = (one: Row, other: Row) =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : one.id < other.id ? -1 : Number(one.id > other.id);
const rows = fc
  .uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'ä', '雪', 'with "quotes"'), id: fc.uuid() }), {
    selector: (row) => row.id,
    maxLength: 40,
  })
  .map((all) => all.toSorted(byNameAndId));

/** Returns a page as from a database: `limit` rows after the cursor. */
function readPage(all: readonly Row[], limit: number, cursor: string | undefined) {
  const { cursor: after } = query.parse({ limit: String(limit), cursor });
  const rowsAfterCursor = all.filter((row) => !after || byNameAndId(row, { name: after.key, id: after.id }) > 0);
  return toPage(rowsAfterCursor.slice(0, limit + 1), limit, ({ name, id }) => ({ key: name, id }));
}

describe('the pages of a list', () => {
  it('contain each row of the list exactly once, for any page size', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 50 }), (all, limit) => {
        const seen: Row[] = [];
        let cursor: string | undefined;
        do {
          const { items, nextCursor } = readPage(all, limit, cursor);
          expect(items.length).toBeLessThanOrEqual(limit);
          seen.push(...items);
          cursor = nextCursor ?? undefined;
        } while (cursor);
        expect(seen).toEqual(all);
      }),
    );
  });

  it('contain no row twice and miss no existing row while rows are inserted', () => {
    fc.assert(
      fc.property(rows, rows, fc.integer({ min: 1, max: 5 }), (before, arriving, limit) => {
        const all = [...before];
        const seen: Row[] = [];
        let cursor: string | undefined;
        do {
          const { items, nextCursor } = readPage(all, limit, cursor);
          seen.push(...items);
          cursor = nextCursor ?? undefined;
          const next = arriving[seen.length % Math.max(arriving.length, 1)];
          if (next && !all.some((row) => row.id === next.id)) all.push(next);
          all.sort(byNameAndId);
        } while (cursor);
        const ids = seen.map((row) => row.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toEqual(expect.arrayContaining(before.map((row) => row.id)));
      }),
    );
  });
});
