import { ROUTES } from '@medbook/contract/routes/api-functions';
import fc from 'fast-check';
import * as z from 'zod';
import type { ApiCall } from './in-process-api.ts';
import { oddBody, oddCursor, oddDay, oddInstant, oddJson, oddNumber, oddText, oddTimeZone } from './odd-values.ts';

/** Existing rows, from which plausible requests are built. */
export interface ExistingData {
  /** Ids by field name, such as `clinicId`. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Start times of slots. */
  readonly starts: readonly string[];
  readonly claims: readonly object[];
}

/** A part of a request is odd with a probability of about one in this number. */
type OddProbability = 4 | 40;

const usually = <T>(oneIn: number, valid: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: oneIn, arbitrary: valid }, { weight: 1, arbitrary: odd });

/**
 * Generates calls of one route as API Gateway could forward them: the path matches and the claims are verified, everything else is arbitrary.
 * Half of them are valid except for a detail, because only such calls reach the database.
 */
export function arbitraryCalls(key: string, existing: ExistingData): fc.Arbitrary<ApiCall> {
  return fc.oneof(arbitraryCall(key, existing, 40), arbitraryCall(key, existing, 4));
}

function arbitraryCall(key: string, existing: ExistingData, oneIn: OddProbability): fc.Arbitrary<ApiCall> {
  const found = ROUTES.find((route) => route.key === key);
  if (!found) throw new Error(`There is no route ${key}.`);
  const { operation } = found;
  const fields = validFields(existing);
  const pathNames = [...key.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const bodyFields = arbitraryFields(listFieldNames(operation.body), fields, oneIn, oddJson);
  const body = usually<Pick<ApiCall, 'body' | 'text'>>(
    oneIn,
    bodyFields.map((content) => ({ body: content })),
    fc.oneof(
      oddJson.map((content) => ({ body: content })),
      oddBody.map((text) => ({ text })),
    ),
  );
  return fc
    .record({
      path: fc.record(
        Object.fromEntries(
          pathNames.map((name) => [name, usually(oneIn, validField(fields, name), oddText).map(String)]),
        ),
      ),
      query: arbitraryFields(listFieldNames(operation.query), fields, oneIn, oddText).map(toStrings),
      content: operation.body ? body : usually(oneIn, fc.constant({}), body),
      headers: usually<Record<string, string>>(oneIn, fc.constant({}), oddHeaders),
      claims: usually<object | undefined>(oneIn, fc.constantFrom(...existing.claims), fc.constantFrom(...ODD_CLAIMS)),
    })
    .map(({ content, claims, ...call }) => ({ route: key, ...content, ...(claims ? { claims } : {}), ...call }));
}

/** Lists the field names of a schema. */
function listFieldNames(schema: z.core.$ZodType | undefined): string[] {
  if (!schema) return [];
  if (schema instanceof z.ZodDefault) return listFieldNames(schema.unwrap());
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  throw new Error('Only object schemas have fields.');
}

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

function validField(fields: Fields, name: string): fc.Arbitrary<unknown> {
  const field = fields[name];
  if (!field) throw new Error(`The API has a new field ${name}: add a valid value for it to arbitrary-request.ts.`);
  return field;
}

// Fields that exclude others or need a value of an earlier response. If they were always present, most requests would be invalid.
const USUALLY_ABSENT = ['cursor', 'slotId', 'patientId', 'validTo', 'capacity'];

function arbitraryFields(names: readonly string[], fields: Fields, oneIn: OddProbability, odd: fc.Arbitrary<unknown>) {
  const entries = names.map((name) => {
    const field = usually(oneIn, validField(fields, name), fc.oneof(ODD_FIELDS[name] ?? odd, odd));
    const isPresent = usually(
      USUALLY_ABSENT.includes(name) ? 10 : oneIn * 2,
      fc.constant(!USUALLY_ABSENT.includes(name)),
      fc.boolean(),
    );
    return fc.tuple(isPresent, field).map(([present, value]): [string, unknown][] => (present ? [[name, value]] : []));
  });
  const unknownName = fc.constantFrom('__proto__', 'constructor', 'toString', '', 'extra');
  const unknownField = usually(
    oneIn * 4,
    fc.constant<[string, unknown][]>([]),
    fc.tuple(unknownName, odd).map((entry): [string, unknown][] => [entry]),
  );
  return fc
    .tuple(...entries, unknownField)
    .map((entriesOfFields) => Object.fromEntries(entriesOfFields.flat()) as Readonly<Record<string, unknown>>);
}

const toStrings = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );

const halfHours = (min: number, max: number) =>
  fc
    .integer({ min, max })
    .map((count) => new Date((Math.floor(Date.now() / 1_800_000) + count) * 1_800_000).toISOString());
const past = halfHours(-336, 48);
const future = halfHours(49, 672);
const hours = fc.record(
  {
    weekday: fc.integer({ min: 1, max: 7 }),
    start: fc.constantFrom('00:00', '08:30', '09:00'),
    end: fc.constantFrom('09:15', '12:00', '24:00'),
    capacity: fc.integer({ min: 1, max: 2 }),
    everyWeeks: fc.integer({ min: 1, max: 3 }),
    anchor: fc.constantFrom('2026-01-01', '1999-12-31'),
  },
  { requiredKeys: ['weekday', 'start', 'end'] },
);
const phrase = fc.lorem({ maxCount: 3 });
const smallInteger = fc.integer({ min: 1, max: 8 });

function validFields({ ids, starts }: ExistingData): Fields {
  const oneOf = (name: string) => fc.constantFrom(...(ids[name] ?? []));
  return {
    ...Object.fromEntries(Object.keys(ids).map((name) => [name, oneOf(name)])),
    startTime: fc.constantFrom(...starts),
    from: past,
    to: future,
    cursor: fc.tuple(past, fc.uuid()).map((after) => Buffer.from(JSON.stringify(after)).toString('base64url')),
    limit: fc.integer({ min: 1, max: 200 }),
    slots: fc.integer({ min: 1, max: 3 }),
    capacity: fc.integer({ min: 1, max: 2 }),
    validFrom: past.map((instant) => instant.slice(0, 10)),
    validTo: future.map((instant) => instant.slice(0, 10)),
    hours: fc.uniqueArray(hours, { maxLength: 4, selector: ({ weekday }) => weekday }),
    active: fc.boolean(),
    dryRun: fc.constantFrom('true', 'false'),
    status: fc.constantFrom<unknown>('booked', 'cancelled', ['booked', 'pending'], 'blocked', 'free'),
    type: fc.constantFrom('in_person', 'video', 'holiday', 'blocked', 'extra_hours'),
    notifications: fc.record({ email: fc.boolean(), sms: fc.boolean(), reminders: fc.boolean() }, { requiredKeys: [] }),
    notificationEmail: fc.constantFrom('clinic@example.com', null),
    language: fc.constantFrom('en', 'es', 'pt'),
    quietFrom: fc.constantFrom('21:00', '00:00'),
    quietTo: fc.constantFrom('08:00', '00:00'),
    reminderMinutes: fc.constantFrom([], [1440], [1440, 120]),
    fee: fc.record({ amount: smallInteger, currency: fc.constantFrom('EUR', 'EUR', 'USD') }),
    email: fc.integer({ min: 1 }).map((number) => `doctor${number}@example.com`),
    phone: fc.constant('+351211234567'),
    currency: fc.constantFrom('EUR', 'USD'),
    timeZone: fc.constantFrom('Europe/Lisbon', 'America/New_York', 'UTC'),
    specialization: fc.constantFrom('Cardiology', 'CARDIOLOGY', 'Dermatology'),
    slotMinutes: fc.constantFrom(15, 30, 60),
    holdSeconds: fc.constant(120),
    hold: fc.boolean(),
    ...Object.fromEntries(
      [
        'noticeMinutes',
        'horizonDays',
        'cancellationCutoffMinutes',
        'experienceYears',
        'holdsPerPatient',
        'appointmentsPerPatient',
        'noShowsPerPatient',
      ].map((name) => [name, smallInteger]),
    ),
    ...Object.fromEntries(['name', 'address', 'reason', 'bio'].map((name) => [name, phrase])),
  };
}

const oddHours = fc.array(fc.oneof(hours, fc.record({ weekday: oddNumber, start: oddText, end: oddText }), oddJson), {
  maxLength: 3,
});

const ODD_FIELDS: Fields = {
  startTime: oddInstant,
  from: oddInstant,
  to: oddInstant,
  validFrom: oddDay,
  validTo: oddDay,
  cursor: oddCursor,
  timeZone: oddTimeZone,
  hours: oddHours,
  limit: oddNumber,
  slots: oddNumber,
  phone: fc.constant(null),
  email: fc.emailAddress(),
};

const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom('one', '', '\0', 'é', 'x'.repeat(255), 'x'.repeat(256)).map((key) => ({ 'Idempotency-Key': key })),
  fc
    .constantFrom('application/json; charset=utf-8', 'application/problem+json', 'text/plain', '')
    .map((type) => ({ 'Content-Type': type })),
  fc.constantFrom('https://a.example', 'null', '').map((Origin) => ({ Origin })),
);

const accessTokenClaims = { sub: 'nobody', token_use: 'access' };
const ODD_CLAIMS = [
  undefined,
  {},
  { sub: 'nobody', token_use: 'id' },
  { ...accessTokenClaims, sub: 1 },
  accessTokenClaims,
  { ...accessTokenClaims, sub: '' },
  { ...accessTokenClaims, 'cognito:groups': ['patient', 'doctor', 'admin'] },
  { ...accessTokenClaims, 'cognito:groups': 'admin,unknown' },
  { ...accessTokenClaims, 'cognito:groups': 7 },
];
