import { paging, pagingByTime } from '@medbook/contract/page';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { toPage } from '../../../../lambdas/shared/http/page.ts';

interface Row {
  readonly key: string;
  readonly id: string;
}

const ID = '01912d68-783e-7a03-8467-5661c1243ad4';
const query = z.strictObject(paging);
const queryByTime = z.strictObject(pagingByTime);
const identity = (row: Row) => row;
const encodeCursor = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
const createRows = (...keys: string[]): Row[] => keys.map((key) => ({ key, id: ID }));

describe('a page', () => {
  it.each([
    [0, 2, 0, false],
    [1, 2, 1, false],
    [2, 2, 2, false],
    [3, 2, 2, true],
  ])('of %i rows with a limit of %i has %i items', (count, limit, length, hasMore) => {
    const { items, nextCursor } = toPage(createRows(...'abc'.slice(0, count)), limit, identity);
    expect(items.map(({ key }) => key)).toEqual([...'abc'.slice(0, length)]);
    expect(nextCursor !== null).toBe(hasMore);
  });

  it('has a cursor that identifies its last item', () => {
    const { nextCursor } = toPage(createRows('a', 'b', 'c'), 2, identity);
    expect(query.parse({ cursor: nextCursor }).cursor).toEqual({ key: 'b', id: ID });
  });

  it('has a cursor that can be parsed again and is URL-safe, even for the longest names', () => {
    const name = fc
      .string({ unit: 'grapheme', maxLength: 200 })
      .filter(
        (text) =>
          text.trim() === text && text.length > 0 && text.length <= 200 && text.isWellFormed() && !text.includes('\0'),
      );
    const longest = fc.constantFrom('﷽'.repeat(200), '\u0001'.repeat(200), '"'.repeat(200), '🧑'.repeat(100));
    fc.assert(
      fc.property(fc.oneof(name, longest), (key) => {
        const { nextCursor } = toPage(createRows(key, 'z'), 1, identity);
        expect(nextCursor).toMatch(/^[\w-]+$/);
        expect(query.parse({ cursor: nextCursor }).cursor).toEqual({ key, id: ID });
      }),
      { seed: 1 },
    );
  });
});

describe('a cursor in a request', () => {
  const forgedCursors: [string, string][] = [
    ['an empty string', ''],
    ['not Base64', '%%%'],
    ['not JSON', Buffer.from('{').toString('base64url')],
    ['an array of one', encodeCursor(['a'])],
    ['an array of three', encodeCursor(['a', ID, 'c'])],
    ['an object', encodeCursor({ key: 'a', id: ID })],
    ['null', encodeCursor(null)],
    ['an invalid id', encodeCursor(['a', 'b'])],
    ['a key that is not a string', encodeCursor([1, ID])],
    ['a key with NUL', encodeCursor(['a\0', ID])],
    ['a key with an unpaired surrogate', Buffer.from(`["\\ud800","${ID}"]`).toString('base64url')],
    ['too long', encodeCursor(['a'.repeat(2000), ID])],
  ];

  it.each(forgedCursors)('is refused: %s', (_, cursor) => {
    const { error } = query.safeParse({ cursor });
    expect(error?.issues).toMatchObject([{ path: ['cursor'] }]);
  });

  it.each([
    'a',
    '1',
    '2030',
    'Jan 1',
    '1 (a)',
    'now',
    '2030-01-01',
    '2030-01-01T00:00:00+16:00',
    '0000-01-01T00:00:00Z',
    '2030-02-30T00:00:00Z',
  ])('is refused where items are sorted by time: %s', (key) => {
    expect(query.safeParse({ cursor: encodeCursor([key, ID]) }).success).toBe(true);
    expect(queryByTime.safeParse({ cursor: encodeCursor([key, ID]) }).success).toBe(false);
  });

  it('is accepted where items are sorted by time if its key is a time in the format of the API', () => {
    const cursor = encodeCursor(['2030-01-01T09:00:00Z', ID]);
    expect(queryByTime.parse({ cursor })).toEqual({ limit: 50, cursor: { key: '2030-01-01T09:00:00Z', id: ID } });
    expect(queryByTime.parse({})).toEqual({ limit: 50 });
  });
});

it.each(['0', '201', '1.5', '-1', '', 'x', '1e400', 'NaN', ['1', '2']])(
  'a limit is an integer from 1 to 200, not %j',
  (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
    expect(query.parse({ limit: '200' })).toEqual({ limit: 200 });
  },
);
