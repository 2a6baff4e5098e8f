import fc from 'fast-check';
import * as z from 'zod';
import { type ApiCall, ROUTES } from './api.ts';

/** What makes a request plausible: rows that exist. */
export interface World {
  /** By the names that fields give to them: `clinicId`. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** When slots start. */
  readonly starts: readonly string[];
  readonly claims: readonly object[];
}

const LONE_SURROGATE = '\ud800';

/** Words that have broken something somewhere. */
const NASTY_WORDS = [
  '', ' ', '\0', 'a\0b', LONE_SURROGATE, `a${LONE_SURROGATE}b`, '\udfff', 'x'.repeat(10_000), 'é'.repeat(2_000), '\u{1f9d1}\u200d\u2695\ufe0f',
  '__proto__', 'constructor', 'toString', "'; drop table clinics; --", '$1', '%', '%00', '\\', '\\u0000', '{}', '[]', 'null', 'NaN', 'undefined',
  '\u202e', '\ufeff', '\u2028', '-0', '1e400', '0x10', '١٢', 'infinity', '-infinity', 'now', 'epoch', 'today', 'true', '﷽', '\r\nX: y',
]; // biome-ignore format: a list

const NASTY_NUMBERS = [
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

const INSTANTS = [
  '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59', '2024-02-30T00:00:00Z', '2030-01-01T24:00:00Z',
  '2030-01-01T00:00:60Z', '2030-01-01T00:00Z', '2030-01-01T00:00:00.123456789123456789Z', '2030-01-01t00:00:00z', '2030-01-01T00:00:00-00:00',
  '2030-01-01T00:00:00', '2030-01-01', '+275760-09-13T00:00:00Z', '-000001-01-01T00:00:00Z', '2030-W01-1T00:00:00Z',
]; // biome-ignore format: a list

const DAYS = [
  '0000-01-01',
  '0000-12-31',
  '0001-01-01',
  '9999-12-31',
  '2024-02-29',
  '2023-02-29',
  '2030-13-01',
  '2030-01-32',
  'infinity',
  '+10000-01-01',
];

// What JavaScript takes for a time is more than what PostgreSQL does.
const SORT_KEYS = [
  '1',
  '0',
  '2030',
  'Jan 1',
  '1 (a)',
  'now',
  'infinity',
  'x',
  '',
  ' ',
  '\0',
  LONE_SURROGATE,
  '2030-01-01T00:00:00Z',
  ...INSTANTS,
];

const nastyText = fc.oneof(
  fc.constantFrom(...NASTY_WORDS),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);
const nasty = fc.oneof(
  nastyText,
  fc.constantFrom(...NASTY_NUMBERS),
  fc.constantFrom(null, true, false, [], {}, [null]),
  fc.jsonValue(),
);

const words = fc.oneof({ weight: 8, arbitrary: fc.lorem({ maxCount: 3 }) }, { weight: 1, arbitrary: nastyText });

const WEEK_MILLISECONDS = 7 * 86_400_000;
const halfHours = (min: number, max: number) =>
  fc.integer({ min, max }).map((count) => {
    const now = Math.floor(Date.now() / 1_800_000) * 1_800_000;
    return new Date(now + (count / 336) * WEEK_MILLISECONDS);
  });
const past = halfHours(-336, 48);
const soon = halfHours(-48, 672);
const instantIn = (range: fc.Arbitrary<Date>) =>
  fc.oneof(
    { weight: 10, arbitrary: range.map((date) => date.toISOString()) },
    { weight: 1, arbitrary: range.map((date) => date.toISOString().replace('Z', '+05:30')) },
    { weight: 2, arbitrary: fc.constantFrom(...INSTANTS) },
  );
const day = fc.oneof(
  soon.map((date) => date.toISOString().slice(0, 10)),
  fc.constantFrom(...DAYS),
);
const count = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY_NUMBERS) },
);
const localTime = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .integer({ min: 0, max: 48 })
      .map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 ? '30' : '00'}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('24:30', '9:00', '09:00:00', '23:59', '00:00') },
);

function fieldsFor({ ids, starts }: World): Readonly<Record<string, fc.Arbitrary<unknown>>> {
  const any = fc.constantFrom(...Object.values(ids).flat());
  const id = (of: readonly string[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...of) },
      { weight: 1, arbitrary: fc.oneof(any, fc.uuid(), any.map((some) => some.toUpperCase())) },
    );
  const cursor = fc
    .oneof(fc.tuple(fc.constantFrom(...SORT_KEYS), any), fc.tuple(soon.map((date) => date.toISOString()), any), fc.jsonValue())
    .map((content) => Buffer.from(JSON.stringify(content)).toString('base64url'));
  const hours = fc.record(
    {
      weekday: fc.integer({ min: 1, max: 7 }),
      start: localTime,
      end: localTime,
      capacity: fc.integer({ min: 1, max: 2 }),
    },
    { requiredKeys: ['weekday', 'start', 'end'] },
  );
  return {
    ...Object.fromEntries(Object.entries(ids).map(([name, of]) => [name, id(of)])),
    from: instantIn(past), to: instantIn(soon),
    startTime: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...starts) }, { weight: 2, arbitrary: instantIn(soon) }), validFrom: day, validTo: day, cursor,
    limit: fc.oneof(fc.integer({ min: 1, max: 200 }), count), slots: count,
    slotMinutes: fc.constantFrom(15, 30, 60, 60.5), horizonDays: fc.oneof(fc.constantFrom(1, 7), count),
    noticeMinutes: count, cancellationCutoffMinutes: count, holdSeconds: fc.constantFrom(120, 120, 29),
    feeAmount: count, experienceYears: count,
    hours: fc.oneof(fc.array(hours, { maxLength: 4 }), fc.array(fc.oneof(hours, nasty), { maxLength: 3 })),
    status: fc.oneof(fc.constantFrom('booked', 'cancelled', 'pending'), fc.constant(['booked', 'cancelled'])),
    type: fc.constantFrom('in_person', 'video'),
    notifications: fc.record({ email: fc.boolean(), sms: fc.oneof(fc.boolean(), nasty) }, { requiredKeys: [] }),
    email: fc.oneof(fc.emailAddress(), fc.constantFrom('a@b.co', 'A@B.CO')),
    phone: fc.oneof({ weight: 8, arbitrary: fc.constant('+351211234567') }, { weight: 1, arbitrary: fc.constant(null) }),
    name: words, address: words, reason: words, bio: words,
    currency: fc.constantFrom('EUR', 'USD', 'CHF', 'eur'),
    timeZone: fc.constantFrom('Europe/Lisbon', 'UTC', 'europe/lisbon', 'Etc/GMT+5', 'EST5EDT', 'GMT0', 'Factory', 'posixrules', 'localtime', 'CET', 'PST', 'Z'),
    specialization: fc.oneof(fc.constantFrom('Cardiology', 'CARDIOLOGY'), nastyText),
  }; // biome-ignore format: one line for each kind of field
}

/** The names of the fields that a schema knows. */
function fieldNames(schema: z.core.$ZodType | undefined): string[] {
  if (!schema) return [];
  if (schema instanceof z.ZodDefault) return fieldNames(schema.unwrap());
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  throw new Error('Only the fields of objects are known.');
}

type Fields = Readonly<Record<string, unknown>>;

// Fields that make most requests senseless: they exclude others, or need what an earlier answer said.
const OFTEN_ABSENT = ['cursor', 'slotId', 'patientId', 'specialization'];

/** Some of the named fields, mostly plausible, and now and then one that nobody knows. */
function someOf(
  names: readonly string[],
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  odd: fc.Arbitrary<unknown>,
): fc.Arbitrary<Fields> {
  const value = (name: string) =>
    fc.oneof({ weight: 12, arbitrary: fields[name] ?? nastyText }, { weight: 1, arbitrary: odd });
  const known = fc.tuple(
    ...names.map((name) =>
      fc.oneof({ weight: 4, arbitrary: value(name) }, { weight: 1, arbitrary: fc.constant(undefined) }),
    ),
  );
  const unknown = fc.oneof(
    { weight: 15, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('__proto__', 'constructor', 'toString', '', 'extra'), odd)
        .map((entry) => [entry]),
    },
  );
  return fc.tuple(known, unknown).map(([values, extra]) => {
    const entries = names
      .map((name, index) => [name, values[index]] as const)
      .filter(([, given]) => given !== undefined);
    return Object.fromEntries([...entries, ...extra]);
  });
}

const asText = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

const CLAIMS = [
  undefined, {}, { sub: 'a' }, { sub: 'a', token_use: 'id' }, { sub: 'a', token_use: 'access' }, { sub: '', token_use: 'access' },
  { sub: 1, token_use: 'access' }, { sub: 'nobody', token_use: 'access', 'cognito:groups': ['patient', 'doctor', 'admin'] },
  { sub: 'nobody', token_use: 'access', 'cognito:groups': 'admin,unknown' }, { sub: 'nobody', token_use: 'access', 'cognito:groups': 7 },
]; // biome-ignore format: a list

const FACES = [
  '\u0000',
  '{',
  '[]',
  'null',
  '1e400',
  '"',
  '{"a":1}x',
  '\ufeff{}',
  `"${LONE_SURROGATE}"`,
  '[[[[[[',
  `{"a":"${'x'.repeat(70_000)}"}`,
];

/** Calls of one route as API Gateway could pass them on: its path is matched, its claims are verified, anything else may be anything. */
export function callsOf(key: string, world: World): fc.Arbitrary<ApiCall> {
  const listed = ROUTES.find((route) => route.key === key);
  if (!listed) throw new Error(`There is no route ${key}.`);
  const { route } = listed;
  const fields = fieldsFor(world);
  const pathNames = [...key.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const body = fc.oneof(
    {
      weight: 10,
      arbitrary: someOf(fieldNames(route.body), fields, nasty).map((content) => ({ body: content as unknown })),
    },
    { weight: 1, arbitrary: nasty.map((content) => ({ body: content })) },
    { weight: 1, arbitrary: fc.constantFrom(...FACES).map((text) => ({ text })) },
  );
  const headers = fc.record(
    {
      'Idempotency-Key': fc.constantFrom('one', 'two', '', '\0', 'é', 'x'.repeat(255), 'x'.repeat(256)),
      Origin: fc.constantFrom('https://a.example', 'null', ''),
      'Content-Type': fc.constantFrom(
        'application/json; charset=utf-8',
        'APPLICATION/JSON',
        'application/problem+json',
        'text/plain',
        '',
      ),
    },
    { requiredKeys: [] },
  );
  const pathOf = fc.tuple(
    ...pathNames.map((name) =>
      fc.oneof({ weight: 8, arbitrary: fields[name] ?? nastyText }, { weight: 1, arbitrary: nastyText }),
    ),
  );
  return fc
    .record({
      path: pathOf.map((values) => Object.fromEntries(pathNames.map((name, index) => [name, String(values[index])]))),
      query: someOf(fieldNames(route.query), fields, nastyText).map(asText),
      content: route.body ? body : fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: body }),
      headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
      claims: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...world.claims) },
        { weight: 1, arbitrary: fc.constantFrom(...CLAIMS) },
      ),
    })
    .map(({ content, ...call }) => ({ route: key, ...content, ...call }));
}
