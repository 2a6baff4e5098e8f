import fc from 'fast-check';

const LONE_SURROGATE = '\ud800';

/** Words that often break parsers and databases. */
const ODD_WORDS =
  "0 1 -1 -0 1e400 0x10 1.5 NaN null undefined true infinity -infinity now epoch today % %00 \\ \\u0000 {} [] $1 ' '; __proto__ constructor toString \u202e \ufeff \u2028 ﷽ ١٢ 🧑‍⚕️";
const BROKEN_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  LONE_SURROGATE,
  `a${LONE_SURROGATE}b`,
  '\udfff',
  '\r\nX: y',
  'x'.repeat(10_000),
  'é'.repeat(2_000),
];
export const oddText = fc.oneof(
  fc.constantFrom(...ODD_WORDS.split(' '), ...BROKEN_TEXTS),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);

const ODD_NUMBERS = [
  0,
  -0,
  -1,
  0.5,
  1.0000000001,
  9,
  51,
  32_768,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e300,
  -1e300,
  5e-324,
];
export const oddNumber = fc.constantFrom(...ODD_NUMBERS);

/** Any JSON value. */
export const oddJson = fc.oneof(oddText, oddNumber, fc.constantFrom(null, true, false, [], {}, [null]), fc.jsonValue());

// Edge cases of instants for JavaScript, RFC 3339 and PostgreSQL, each of which accepts a different set.
const ODD_INSTANTS =
  '0000-01-01T00:00:00Z 0001-01-01T00:00:00+23:59 9999-12-31T23:59:59-23:59 2024-02-30T00:00:00Z 2030-01-01T24:00:00Z 2030-01-01T00:00:60Z 2030-01-01T00:00Z 2030-01-01T00:00:00.123456789123456789Z 2030-01-01t00:00:00z 2030-01-01T00:00:00-00:00 2030-01-01T00:00:00 2030-01-01 +275760-09-13T00:00:00Z -000001-01-01T00:00:00Z';
export const oddInstant = fc.oneof(fc.constantFrom(...ODD_INSTANTS.split(' ')), oddText);

const ODD_DAYS =
  '0000-01-01 0000-12-31 0001-01-01 9999-12-31 2024-02-29 2023-02-29 2030-13-01 2030-01-32 infinity +10000-01-01';
export const oddDay = fc.oneof(fc.constantFrom(...ODD_DAYS.split(' ')), oddText);

const ODD_TIME_ZONES =
  'europe/lisbon Etc/GMT+5 EST5EDT GMT0 Factory posixrules localtime CET PST Z UTC+3 +01:00 Europe/Lisbon/x';
export const oddTimeZone = fc.oneof(fc.constantFrom(...ODD_TIME_ZONES.split(' ')), oddText);

/** A cursor that the API never returned. */
export const oddCursor = fc.oneof(
  oddText,
  fc
    .oneof(fc.tuple(fc.oneof(oddInstant, fc.constantFrom('2030', 'Jan 1', '1 (a)')), fc.uuid()), fc.jsonValue())
    .map((content) => Buffer.from(JSON.stringify(content)).toString('base64url')),
);

/** Bodies that are invalid JSON or edge cases of JSON. */
export const oddBody = fc.constantFrom(
  '\0',
  '{',
  '[]',
  'null',
  '1e400',
  '"',
  '{"a":1}x',
  '\ufeff{}',
  `"${LONE_SURROGATE}"`,
  '[[[[',
  '{"__proto__":{"name":"x"}}',
  `{"a":"${'x'.repeat(70_000)}"}`,
);
