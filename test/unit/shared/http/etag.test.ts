import { ifMatchHeader } from '@medbook/contract/etag';
import { describe, expect, it } from 'vitest';
import { notModifiedOr, toETag } from '../../../../lambdas/shared/http/etag.ts';

const versionOf = (tag: string | undefined) => ifMatchHeader.safeParse({ 'if-match': tag });

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"1"', 1],
    ['"999999999"', 999_999_999],
  ])('%j asks for the version %j', (tag, version) => {
    expect(versionOf(tag).data).toEqual({ 'if-match': version });
  });

  it('takes the tag that an answer had', () => {
    expect(versionOf(toETag({ version: 7 })).data).toEqual({ 'if-match': 7 });
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
  ])('%j is none that we gave', (tag) => {
    expect(versionOf(tag).error?.issues).toMatchObject([{ path: ['if-match'] }]);
  });
});

describe('If-None-Match', () => {
  const reply = { body: { version: 3 }, headers: { ETag: '"3"', 'X-One': '1' } };

  it.each(['"3"', 'W/"3"', '*', ' * ', '"2", "3"', '"2",W/"3"'])('%j has it already', (tags) => {
    expect(notModifiedOr(reply, tags)).toEqual({ status: 304, body: '', headers: { ETag: '"3"' } });
  });

  it.each([undefined, '', '"2"', '3', '"3', 'W/"33"', '"*"', ','])('%j has not', (tags) => {
    expect(notModifiedOr(reply, tags)).toBe(reply);
  });

  it('means nothing where there is no version', () => {
    const list = { body: { items: [] } };
    expect(notModifiedOr(list, '*')).toBe(list);
  });
});
