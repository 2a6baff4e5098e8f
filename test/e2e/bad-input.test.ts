import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { APPOINTMENT_STATUSES, appointment } from '../../lambdas/appointments/appointment.ts';
import { done, refused } from '../support/answers.ts';
import { call, type Sent } from '../support/http.ts';
import { demoToken, newPatients } from '../support/logins.ts';
import { CLINIC, type NewClinic, newDoctor, openClinic } from '../support/new-clinic.ts';

let clinic: NewClinic;
let startTime: string;
let patient: string;
let admin: string;

beforeAll(async () => {
  clinic = await openClinic();
  startTime = clinic.times[0] ?? '';
  [patient = ''] = await newPatients(1);
  admin = await demoToken('admin');
});

const book = (change: object, sent: Sent = {}) =>
  call('POST /appointments', { token: patient, body: { clinicId: clinic.clinicId, startTime, ...change }, ...sent });
const faultsOf = ({ errors = [] }: { errors?: { path: string }[] | undefined }) =>
  errors.map(({ path }) => path).sort();
const NOWHERE = randomUUID();

describe('a body that is no booking: 400, with each faulty field', () => {
  it.each<[string, string[], () => object]>([
    ['a field that nobody knows', ['body.colour'], () => ({ colour: 'red' })],
    ['a date that is none', ['body.startTime'], () => ({ startTime: '2030-02-30T09:00:00Z' })],
    ['a time without an offset', ['body.startTime'], () => ({ startTime: '2030-01-31T09:00:00' })],
    ['a number for a time', ['body.startTime'], () => ({ startTime: 1_900_000_000 })],
    ['year 0', ['body.startTime'], () => ({ startTime: '0000-01-01T09:00:00Z' })],
    ['an id that is none', ['body.clinicId'], () => ({ clinicId: 'clinic-1' })],
    ['neither a time nor a slot', ['body.startTime'], () => ({ startTime: undefined })],
    ['a time and a slot', ['body.clinicId', 'body.startTime'], () => ({ slotId: NOWHERE })],
    ['no slots', ['body.slots'], () => ({ slots: 0 })],
    ['half a slot', ['body.slots'], () => ({ slots: 1.5 })],
    ['too many slots', ['body.slots'], () => ({ slots: 9 })],
    ['an unknown type', ['body.type'], () => ({ type: 'by letter' })],
    ['a reason of spaces', ['body.reason'], () => ({ reason: '  ' })],
    ['a reason with NUL', ['body.reason'], () => ({ reason: 'a\0b' })],
    ['a reason too long', ['body.reason'], () => ({ reason: 'x'.repeat(1001) })],
    ['several faults', ['body.clinicId', 'body.slots', 'body.type'], () => ({ clinicId: '', slots: '1', type: null })],
  ])('%s', async (_, paths, change) => {
    expect(faultsOf(refused(await book(change()), 400, 'invalid_request'))).toEqual(paths);
  });

  it.each<[string, string]>([
    ['half of JSON', '{"clinicId":'],
    ['two values', '{}{}'],
    ['a list', '[]'],
    ['a word', '"book"'],
    ['null', 'null'],
    ['an opening that never ends', '['.repeat(50_000)],
  ])('%s', async (_, text) => {
    const problem = refused(await call('POST /appointments', { token: patient, text }), 400, 'invalid_request');
    expect(faultsOf(problem)).toEqual(['body']);
  });

  it('nothing', async () => {
    expect(faultsOf(refused(await call('POST /appointments', { token: patient }), 400, 'invalid_request'))).toEqual([
      'body',
    ]);
  });

  it.each(['two words', 'é', 'x'.repeat(256)])('with the Idempotency-Key %s', async (key) => {
    const answer = await book({}, { headers: { 'Idempotency-Key': Buffer.from(key).toString('latin1') } });
    expect(faultsOf(refused(answer, 400, 'invalid_request'))).toEqual(['headers.idempotency-key']);
  });
});

describe('a time that can never be booked: 422, with the rule', () => {
  it.each<[string, () => string, RegExp]>([
    ['past', () => '2020-01-31T09:00:00Z', /past|before/i],
    ['beyond the horizon', () => later(40), /30 days/],
    ['beside the grid', () => startTime.replace(':00:00Z', ':10:00Z'), /slot/i],
    ['outside the hours', () => startTime.replace('T09', 'T03'), /slot/i],
    ['in the year 9999', () => '9999-12-31T23:59:59Z', /30 days/],
  ])('%s', async (_, start, rule) => {
    const problem = refused(await book({ startTime: start() }), 422, 'not_bookable');
    expect(problem.detail).toMatch(rule);
    expect(faultsOf(problem)).toEqual(['body.startTime']);
  });

  it('inside the notice', async () => {
    const { clinicId } = await openClinic({ noticeMinutes: 7 * 1440 });
    const { detail } = refused(await book({ clinicId }), 422, 'not_bookable');
    expect(detail).toMatch(/10080 minutes/);
  });

  it('more slots in a row than there are', async () => {
    const lastOfDay = startTime.replace('T09:00', 'T16:30');
    refused(await book({ startTime: lastOfDay, slots: 2 }), 422, 'not_bookable');
  });

  const later = (days: number) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T09:00:00Z`;
});

describe('what does not exist: 404, with where it was named', () => {
  it.each<[string, () => object]>([
    ['body.clinicId', () => ({ clinicId: NOWHERE })],
    ['body.doctorId', () => ({ doctorId: NOWHERE })],
    ['body.slotId', () => ({ slotId: NOWHERE, clinicId: undefined, startTime: undefined })],
    ['body.patientId', () => ({ patientId: NOWHERE })],
  ])('%s', async (path, change) => {
    expect(faultsOf(refused(await book(change()), 404, 'not_found'))).toEqual([path]);
  });

  it.each<[string, string]>([
    [`GET /clinics/${NOWHERE}`, 'path.clinicId'],
    [`GET /doctors/${NOWHERE}`, 'path.doctorId'],
    [`GET /doctors/${NOWHERE}/slots?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'path.doctorId'],
    [`GET /availability?clinicId=${NOWHERE}&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'query.clinicId'],
    [`GET /slots?doctorId=${NOWHERE}&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'query.doctorId'],
    [`GET /doctors?clinicId=${NOWHERE}`, 'query.clinicId'],
    [`GET /appointments/${NOWHERE}`, 'path.appointmentId'],
    [`POST /appointments/${NOWHERE}/cancel`, 'path.appointmentId'],
  ])('%s', async (route, path) => {
    expect(faultsOf(refused(await call(route, { token: patient }), 404, 'not_found'))).toEqual([path]);
  });
});

describe('a query that is malformed: 400', () => {
  const day = 'from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z';
  it.each<[string, () => string, string[]]>([
    ['the end before the start', () => slots('from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z'), ['query.from']],
    ['no time at all', () => slots('from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00Z'), ['query.from']],
    ['63 days', () => slots('from=2030-01-01T00:00:00Z&to=2030-03-05T00:00:00Z'), ['query.to']],
    ['no span', () => slots(''), ['query.from', 'query.to']],
    ['a date that is none', () => slots('from=2030-02-30T00:00:00Z&to=2030-03-01T00:00:00Z'), ['query.from']],
    ['a + that means a space', () => slots('from=2030-01-01T00:00:00+01:00&to=2030-01-02T00:00:00Z'), ['query.from']],
    ['an unknown field', () => slots(`${day}&colour=red`), ['query.colour']],
    ['a field twice', () => slots(`${day}&limit=1&limit=2`), ['query.limit']],
    ['limit 0', () => slots(`${day}&limit=0`), ['query.limit']],
    ['limit 201', () => slots(`${day}&limit=201`), ['query.limit']],
    ['a limit in words', () => slots(`${day}&limit=all`), ['query.limit']],
    ['a cursor that was never given', () => slots(`${day}&cursor=bmV4dA`), ['query.cursor']],
    ['neither clinic nor doctor', () => `/slots?${day}`, ['query.clinicId']],
    ['no clinic', () => `/availability?${day}`, ['query.clinicId']],
    ['a clinic that is no id', () => `/availability?${day}&clinicId=1`, ['query.clinicId']],
    ['too many slots', () => `/availability?${day}&clinicId=${NOWHERE}&slots=9`, ['query.slots']],
    ['a field on a path without any', () => `/clinics/${NOWHERE}?limit=1`, ['query.limit']],
    ['an id in the path that is none', () => '/clinics/1', ['path.clinicId']],
    ['an unknown status', () => '/appointments?status=lost', ['query.status.0']],
    ['an unknown status among others', () => '/appointments?status=booked&status=lost', ['query.status.1']],
    ['63 days of appointments', () => '/appointments?from=2030-01-01T00:00:00Z&to=2030-03-05T00:00:00Z', ['query.to']],
    [
      'appointments until before they start',
      () => '/appointments?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z',
      ['query.from'],
    ],
  ])('%s', async (_, path, faults) => {
    const answer = await call(`GET ${path()}`, { token: patient });
    expect(faultsOf(refused(answer, 400, 'invalid_request'))).toEqual(faults);
  });

  it('says which statuses there are', async () => {
    const { body } = await call('GET /appointments?status=zzz', { token: patient });
    expect(APPOINTMENT_STATUSES.filter((status) => !JSON.stringify(body).includes(status))).toEqual([]);
  });

  const slots = (query: string) => `/slots?clinicId=${clinic.clinicId}&${query}`;
});

describe('what an admin gets wrong: 400', () => {
  it.each<[string, object, string[]]>([
    ['a time zone that is none', { timeZone: 'Lisbon' }, ['body.timeZone']],
    ['an offset for a time zone', { timeZone: '+01:00' }, ['body.timeZone']],
    ['a currency that is none', { currency: 'euro' }, ['body.currency']],
    ['a phone number without its country', { phone: '211234567' }, ['body.phone']],
    ['slots of a minute', { slotMinutes: 1 }, ['body.slotMinutes']],
  ])('a clinic with %s', async (_, change, paths) => {
    const answer = await call('POST /clinics', { token: admin, body: { ...CLINIC, ...change } });
    expect(faultsOf(refused(answer, 400, 'invalid_request'))).toEqual(paths);
  });

  it.each<[string, object, string[]]>([
    ['no address', { email: undefined }, ['body.email']],
    ['an address that is none', { email: 'doctor' }, ['body.email']],
    ["a fee in another currency than the clinic's", { fee: { amount: 1, currency: 'USD' } }, ['body.fee.currency']],
    ['a negative fee', { fee: { amount: -1, currency: 'EUR' } }, ['body.fee.amount']],
  ])('a doctor with %s', async (_, change, paths) => {
    const body = { ...newDoctor(), ...change };
    const answer = await call(`POST /clinics/${clinic.clinicId}/doctors`, { token: admin, body });
    expect(faultsOf(refused(answer, 400, 'invalid_request'))).toEqual(paths);
  });

  it('working hours with more slots than anybody can see', async () => {
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00', capacity: 50 }));
    const path = `/doctors/${clinic.doctorIds[0]}/availability`;
    const problem = refused(await call(`POST ${path}`, { token: admin, body: { hours } }), 400, 'invalid_request');
    expect(problem.errors).toEqual([{ path: 'body.hours', message: expect.stringMatching(/30000 slots.*30 days/) }]);
  });

  const nine = { weekday: 1, start: '09:00', end: '10:00' };
  it.each<[string, object, string[]]>([
    ['an eighth day', { hours: [{ ...nine, weekday: 8 }] }, ['body.hours.0.weekday']],
    ['an hour that is none', { hours: [{ ...nine, end: '25:00' }] }, ['body.hours.0.end']],
    ['an end before the start', { hours: [{ ...nine, end: '08:00' }] }, ['body.hours.0.end']],
    ['hours that overlap', { hours: [nine, { ...nine, start: '09:30', end: '11:00' }] }, ['body.hours.1']],
    ['a first day that is none', { hours: [nine], validFrom: '2030-02-30' }, ['body.validFrom']],
    [
      'a last day before the first',
      { hours: [nine], validFrom: '2030-02-02', validTo: '2030-02-01' },
      ['body.validTo'],
    ],
  ])('working hours with %s', async (_, body, paths) => {
    const answer = await call(`POST /doctors/${clinic.doctorIds[0]}/availability`, { token: admin, body });
    expect(faultsOf(refused(answer, 400, 'invalid_request'))).toEqual(paths);
  });

  it('a booking for nobody', async () => {
    const body = { clinicId: clinic.clinicId, startTime };
    const problem = refused(await call('POST /appointments', { token: admin, body }), 400, 'invalid_request');
    expect(faultsOf(problem)).toEqual(['body.patientId']);
  });
});

describe('what cannot be read', () => {
  const LIMIT = 64 * 1024;
  const bodyOf = (bytes: number) => `{"reason":"${'x'.repeat(bytes - 13)}"}`;

  it('one byte more than 64 KB: 413', async () => {
    const sent = { token: patient, text: `${bodyOf(LIMIT)} ` };
    refused(await call('POST /appointments', sent), 413, 'payload_too_large');
    const problem = refused(
      await call('POST /appointments', { token: patient, text: bodyOf(LIMIT) }),
      400,
      'invalid_request',
    );
    expect(faultsOf(problem)).toContain('body.reason');
  });

  it('one byte more than API Gateway takes: 413', async () => {
    const sent = { token: patient, text: ' '.repeat(10 * 1024 * 1024 + 1) };
    refused(await call('POST /appointments', sent), 413, 'payload_too_large');
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'json', ''])(
    'of the type "%s": 415',
    async (type) => {
      refused(await book({}, { headers: { 'Content-Type': type } }), 415, 'unsupported_media_type');
    },
  );

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/merge-patch+json'])(
    'of the type %s: read',
    async (type) => {
      refused(await book({ clinicId: NOWHERE }, { headers: { 'Content-Type': type } }), 404, 'not_found');
    },
  );
});

describe('paths and methods', () => {
  it.each(['/nowhere', '/', '/clinics/1/2/3', '/appointments/1/2', '//clinics', '/CLINICS', '/v1/clinics'])(
    '%s: 404',
    async (path) => {
      refused(await call(`GET ${path}`), 404, 'not_found');
      refused(await call(`DELETE ${path}`, { token: patient }), 404, 'not_found');
    },
  );

  it.each([
    ['PUT /clinics', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE /appointments', 'GET, HEAD, OPTIONS, POST'],
    ['POST /me', 'GET, HEAD, OPTIONS, PATCH'],
    [`GET /appointments/${NOWHERE}/cancel`, 'OPTIONS, POST'],
    ['PROPFIND /availability', 'GET, HEAD, OPTIONS'],
  ])('%s: 405 with Allow', async (route, allow) => {
    const answer = await call(route, { token: patient });
    refused(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe(allow);
  });

  it.each([
    '/clinics/%ZZ',
    '/clinics/%00',
    '/clinics/%ff',
    '/clinics/..%2f..%2fetc',
    '/clinics/../clinics',
    '/clinics?limit=%ff',
    '/clinics?%ZZ',
    '/clinics?&&&=',
    '/clinics?__proto__=1',
    `/clinics/${'x'.repeat(6_000)}`,
    '/clinics#fragment',
  ])('%s is no fault of ours', async (path) => {
    expect((await call(`GET ${path}`)).status).toBeLessThan(500);
  });
});

describe('a header that is odd', () => {
  it.each<[string, Sent['headers']]>([
    ['Accept', { Accept: 'application/xml;q=nonsense' }],
    ['Accept-Encoding', { 'Accept-Encoding': 'zstd, *;q=0' }],
    ['Content-Encoding', { 'Content-Encoding': 'gzip' }],
    ['Content-Type in UTF-16', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['Origin', { Origin: 'null' }],
    ['X-Forwarded-For', { 'X-Forwarded-For': "1.2.3.4, ' or 1=1 --" }],
    ['X-HTTP-Method-Override', { 'X-HTTP-Method-Override': 'DELETE' }],
    ['Host', { Host: 'example.com:99999' }],
    ['no Host name', { Host: '' }],
    ['Cookie', { Cookie: '='.repeat(4_000) }],
    ['User-Agent', { 'User-Agent': '\u00e9' }],
    ['X-Amzn-Trace-Id', { 'X-Amzn-Trace-Id': 'Root=nonsense' }],
    ['many of one name', { 'X-Many': Array.from({ length: 200 }, () => 'x') }],
    ['names that objects have', { __proto__: 'x', constructor: 'x', toString: 'x' }],
  ])('%s is no fault of ours', async (_, headers) => {
    const answer = await book({ clinicId: NOWHERE }, { headers });
    expect(answer.status).toBeLessThan(500);
    expect((await call('GET /clinics', { headers })).status).toBeLessThan(500);
  });
});

it('after all this, the same patient can book', async () => {
  done(await book({}), 201, appointment);
});
