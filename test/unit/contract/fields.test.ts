import {
  checkTimeRange,
  currency,
  email,
  id,
  instant,
  localDate,
  slotCount,
  text,
  timeRange,
} from '@medbook/contract/fields';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const isAccepted = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('an instant', () => {
  it.each([
    ['2030-01-31T09:00:00Z', '2030-01-31T09:00:00.000Z'],
    ['2030-01-31T09:00:00.5Z', '2030-01-31T09:00:00.500Z'],
    ['2030-01-31T09:00:00+05:30', '2030-01-31T03:30:00.000Z'],
    ['2030-01-31T23:30:00-10:45', '2030-02-01T10:15:00.000Z'],
    ['2030-01-31T09:00:00+00:00', '2030-01-31T09:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%s is parsed as %s', (value, expected) => {
    expect(instant.parse(value).toISOString()).toBe(expected);
  });

  it.each([
    '2030-02-29T00:00:00Z',
    '2030-04-31T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-01T00:00:00Z',
    '2030-01-00T00:00:00Z',
    '2030-01-01T24:00:00Z',
    '2030-01-01T23:60:00Z',
    '2030-01-01T00:00:00',
    '2030-01-01T00:00:00+5:30',
    '2030-01-01T00:00:00+24:00',
    '2030-01-01 00:00:00Z',
    '2030-01-01',
    '0000-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '1893456000',
    'now',
    'infinity',
    '',
    ' 2030-01-01T00:00:00Z',
    '2030-01-01T00:00:00Z\n',
    1893456000000,
    null,
    undefined,
  ])('%j is refused', (value) => {
    expect(isAccepted(instant, value)).toBe(false);
  });
});

describe('a time range', () => {
  const schema = z.strictObject(timeRange).superRefine(checkTimeRange);
  const listErrorPaths = (from: unknown, to: unknown) =>
    schema.safeParse({ from, to }).error?.issues.map(({ path }) => path.join('.'));

  it('ends after it starts and covers at most 62 days', () => {
    expect(listErrorPaths('2030-01-01T00:00:00Z', '2030-01-01T00:00:01Z')).toBeUndefined();
    expect(listErrorPaths('2030-01-01T00:00:00Z', '2030-03-04T00:00:00Z')).toBeUndefined();
    expect(listErrorPaths('2030-01-01T00:00:00Z', '2030-03-04T00:00:00.001Z')).toEqual(['to']);
    expect(listErrorPaths('2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z')).toEqual(['from']);
    expect(listErrorPaths('2030-01-02T00:00:00Z', '2030-01-01T00:00:00Z')).toEqual(['from']);
    expect(listErrorPaths('2030-01-01T00:00:00+01:00', '2030-01-01T00:00:00Z')).toBeUndefined();
  });

  it('can be open, and then has no length limit', () => {
    const openSpan = z.strictObject({ from: instant.optional(), to: instant.optional() }).superRefine(checkTimeRange);
    for (const given of [{}, { from: '2030-01-01T00:00:00Z' }, { to: '2030-01-01T00:00:00Z' }]) {
      expect(openSpan.safeParse(given).success).toBe(true);
    }
    const both = { from: '2030-01-02T00:00:00Z', to: '2030-01-01T00:00:00Z' };
    expect(openSpan.safeParse(both).error?.issues.map(({ path }) => path)).toEqual([['from']]);
  });

  it('is not checked if an end is not an instant', () => {
    expect(listErrorPaths('soon', '2030-01-01T00:00:00Z')).toEqual(['from']);
    expect(listErrorPaths('2030-01-01T00:00:00Z', '2030-02-30T00:00:00Z')).toEqual(['to']);
    expect(listErrorPaths('soon', 'later')).toEqual(['from', 'to']);
    expect(listErrorPaths(undefined, undefined)).toEqual(['from', 'to']);
    expect(listErrorPaths('0000-01-01T00:00:00Z', '2030-01-01T00:00:00Z')).toEqual(['from']);
  });
});

it.each<[string, z.ZodType, unknown[], unknown[]]>([
  [
    'a day',
    localDate,
    ['2030-01-31', '2028-02-29', '0001-01-01', '9999-12-31'],
    ['2030-02-29', '2030-1-1', '2030-01-32', '0000-01-01', '10000-01-01', '2030-01-01T00:00:00Z', '', 'today', null],
  ],
  [
    'an id',
    id,
    [
      '01912d68-783e-7a03-8467-5661c1243ad4',
      '00000000-0000-0000-0000-000000000000',
      'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    ],
    [
      '',
      '01912d68783e7a0384675661c1243ad4',
      '{01912d68-783e-7a03-8467-5661c1243ad4}',
      '01912d68-783e-7a03-8467-5661c1243adg',
      7,
      null,
    ],
  ],
  [
    'free text',
    text(5),
    ['a', 'ab cd', '  ab  ', 'é', '🧑a', '\u0001', '__pro'],
    ['', ' ', '\n', 'abcdef', '\0', 'a\0b', '\ud800', 'a\udfff', '\ude00\ud83d', 5, null, ['a']],
  ],
  [
    'an email address',
    email,
    ['a@b.co', "o'neil+x@ex-ample.com"],
    ['', 'a', 'a@b', 'a@b.co\0', 'a b@c.de', `${'a'.repeat(250)}@b.co`, null],
  ],
  ['a number of slots', slotCount, [1, 8], [0, 9, 1.5, -1, '1', Number.NaN, Number.POSITIVE_INFINITY, null]],
  ['a currency', currency, ['EUR'], ['eur', 'EURO', 'EU', '€', 'EUR\n', '']],
])('%s: valid values are accepted and invalid values are refused', (_, schema, good, bad) => {
  expect(good.filter((value) => !isAccepted(schema, value))).toEqual([]);
  expect(bad.filter((value) => isAccepted(schema, value))).toEqual([]);
});

it('free text is trimmed', () => {
  expect(text(5).parse('  ab  ')).toBe('ab');
});

it('ids and email addresses are converted to lower case', () => {
  expect(id.parse('01912D68-783E-7A03-8467-5661C1243AD4')).toBe('01912d68-783e-7a03-8467-5661c1243ad4');
  expect(email.parse('Jane.Doe@Example.COM')).toBe('jane.doe@example.com');
});
