import { ifMatchHeader } from '@medbook/contract/etag';
import { describe, expect, it } from 'vitest';
import { notModifiedOr, toETag } from '../../../../lambdas/shared/http/etag.ts';

const parseIfMatch = (tag: string | undefined) => ifMatchHeader.safeParse({ 'if-match': tag });

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"1"', 1],
    ['"999999999"', 999_999_999],
  ])('%j requires version %j', (tag, version) => {
    expect(parseIfMatch(tag).data).toEqual({ 'if-match': version });
  });

  it('accepts the ETag of a response', () => {
    expect(parseIfMatch(toETag({ version: 7 })).data).toEqual({ 'if-match': 7 });
  });

  it.each([
    '3',
    'W/"3"',
    '"3", "4"',
    '"0"',
    '"03"',
    '"-1"',
    '"3.0"',
    '"abc"',
    '""',
    '"',
    '',
    '"3" ',
    '**',
    '"1000000000"',
  ])('%j is refused', (tag) => {
    expect(parseIfMatch(tag).error?.issues).toMatchObject([{ path: ['if-match'] }]);
  });
});

describe('If-None-Match', () => {
  const response = { body: { version: 3 }, headers: { ETag: '"3"', 'X-One': '1' } };

  it.each(['"3"', 'W/"3"', '*', ' * ', '"2", "3"', '"2",W/"3"'])('%j matches the current version', (tags) => {
    expect(notModifiedOr(response, tags)).toEqual({ status: 304, body: '', headers: { ETag: '"3"' } });
  });

  it.each([undefined, '', '"2"', '3', '"3', 'W/"33"', '"*"', ','])('%j does not match the current version', (tags) => {
    expect(notModifiedOr(response, tags)).toBe(response);
  });

  it('is ignored if the response has no ETag', () => {
    const list = { body: { items: [] } };
    expect(notModifiedOr(list, '*')).toBe(list);
  });
});
