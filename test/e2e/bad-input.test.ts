import { randomUUID } from 'node:crypto';
import { APPOINTMENT_STATUSES, appointment } from '@medbook/contract/appointment';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, type RequestOptions } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, signInDemoAccount } from '../support/system/logins.ts';
import { CLINIC_BODY, createDoctorBody, type OpenedClinic, openClinic } from '../support/system/open-clinic.ts';

let clinic: OpenedClinic;
let startTime: string;
let patient: string;
let admin: string;

beforeAll(async () => {
  clinic = await openClinic();
  startTime = clinic.times[0] ?? '';
  [patient = ''] = await createPatients(1);
  admin = await signInDemoAccount('admin');
});

const book = (change: object, options: RequestOptions = {}) =>
  callApi('POST /appointments', {
    token: patient,
    body: { clinicId: clinic.clinicId, startTime, ...change },
    ...options,
  });
const listErrorPaths = ({ errors = [] }: { errors?: { path: string }[] | undefined }) =>
  errors.map(({ path }) => path).sort();
const UNKNOWN_ID = randomUUID();

describe('POST /appointments returns 400 with the path of each invalid field for', () => {
  it.each<[string, string[], () => object]>([
    ['an unknown field', ['body.colour'], () => ({ colour: 'red' })],
    ['a date that does not exist', ['body.startTime'], () => ({ startTime: '2030-02-30T09:00:00Z' })],
    ['a time without an offset', ['body.startTime'], () => ({ startTime: '2030-01-31T09:00:00' })],
    ['a time as a number', ['body.startTime'], () => ({ startTime: 1_900_000_000 })],
    ['year 0', ['body.startTime'], () => ({ startTime: '0000-01-01T09:00:00Z' })],
    ['an invalid id', ['body.clinicId'], () => ({ clinicId: 'clinic-1' })],
    ['neither a time nor a slot', ['body.startTime'], () => ({ startTime: undefined })],
    ['both a time and a slot', ['body.clinicId', 'body.startTime'], () => ({ slotId: UNKNOWN_ID })],
    ['zero slots', ['body.slots'], () => ({ slots: 0 })],
    ['half a slot', ['body.slots'], () => ({ slots: 1.5 })],
    ['too many slots', ['body.slots'], () => ({ slots: 9 })],
    ['an unknown type', ['body.type'], () => ({ type: 'by letter' })],
    ['a blank reason', ['body.reason'], () => ({ reason: '  ' })],
    ['a reason with NUL', ['body.reason'], () => ({ reason: 'a\0b' })],
    ['a reason that is too long', ['body.reason'], () => ({ reason: 'x'.repeat(1001) })],
    [
      'several invalid fields',
      ['body.clinicId', 'body.slots', 'body.type'],
      () => ({ clinicId: '', slots: '1', type: null }),
    ],
  ])('%s', async (_, paths, change) => {
    expect(listErrorPaths(expectRefusal(await book(change()), 400, 'invalid_request'))).toEqual(paths);
  });

  it.each<[string, string]>([
    ['incomplete JSON', '{"clinicId":'],
    ['two JSON values', '{}{}'],
    ['an array', '[]'],
    ['a string', '"book"'],
    ['null', 'null'],
    ['nested arrays without an end', '['.repeat(50_000)],
  ])('%s', async (_, text) => {
    const problem = expectRefusal(
      await callApi('POST /appointments', { token: patient, text }),
      400,
      'invalid_request',
    );
    expect(listErrorPaths(problem)).toEqual(['body']);
  });

  it('no body', async () => {
    expect(
      listErrorPaths(expectRefusal(await callApi('POST /appointments', { token: patient }), 400, 'invalid_request')),
    ).toEqual(['body']);
  });

  it.each(['two words', 'é', 'x'.repeat(256)])('the Idempotency-Key "%s"', async (key) => {
    const response = await book({}, { headers: { 'Idempotency-Key': Buffer.from(key).toString('latin1') } });
    expect(listErrorPaths(expectRefusal(response, 400, 'invalid_request'))).toEqual(['headers.idempotency-key']);
  });
});

describe('POST /appointments returns 422 with the violated rule for', () => {
  it.each<[string, () => string, RegExp]>([
    ['a past time', () => '2020-01-31T09:00:00Z', /past|before/i],
    ['a time beyond the horizon', () => instantInDays(40), /30 days/],
    ['a time at which no slot starts', () => startTime.replace(':00:00Z', ':10:00Z'), /slot/i],
    ['a time outside the working hours', () => startTime.replace('T09', 'T03'), /slot/i],
    ['a time in the year 9999', () => '9999-12-31T23:59:59Z', /30 days/],
  ])('%s', async (_, getStartTime, rule) => {
    const problem = expectRefusal(await book({ startTime: getStartTime() }), 422, 'not_bookable');
    expect(problem.detail).toMatch(rule);
    expect(listErrorPaths(problem)).toEqual(['body.startTime']);
  });

  it('a time within the notice', async () => {
    const { clinicId } = await openClinic({ noticeMinutes: 7 * 1440 });
    const { detail } = expectRefusal(await book({ clinicId }), 422, 'not_bookable');
    expect(detail).toMatch(/10080 minutes/);
  });

  it('more consecutive slots than the day has left', async () => {
    const lastTimeOfDay = startTime.replace('T09:00', 'T16:30');
    expectRefusal(await book({ startTime: lastTimeOfDay, slots: 2 }), 422, 'not_bookable');
  });

  const instantInDays = (days: number) =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T09:00:00Z`;
});

describe('404 is returned with the path of an unknown id in', () => {
  it.each<[string, () => object]>([
    ['body.clinicId', () => ({ clinicId: UNKNOWN_ID })],
    ['body.doctorId', () => ({ doctorId: UNKNOWN_ID })],
    ['body.slotId', () => ({ slotId: UNKNOWN_ID, clinicId: undefined, startTime: undefined })],
    ['body.patientId', () => ({ patientId: UNKNOWN_ID })],
  ])('%s', async (path, change) => {
    expect(listErrorPaths(expectRefusal(await book(change()), 404, 'not_found'))).toEqual([path]);
  });

  it.each<[string, string]>([
    [`GET /clinics/${UNKNOWN_ID}`, 'path.clinicId'],
    [`GET /doctors/${UNKNOWN_ID}`, 'path.doctorId'],
    [`GET /doctors/${UNKNOWN_ID}/slots?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'path.doctorId'],
    [`GET /availability?clinicId=${UNKNOWN_ID}&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'query.clinicId'],
    [`GET /slots?doctorId=${UNKNOWN_ID}&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`, 'query.doctorId'],
    [`GET /doctors?clinicId=${UNKNOWN_ID}`, 'query.clinicId'],
    [`GET /appointments/${UNKNOWN_ID}`, 'path.appointmentId'],
    [`POST /appointments/${UNKNOWN_ID}/cancel`, 'path.appointmentId'],
  ])('%s', async (route, path) => {
    expect(listErrorPaths(expectRefusal(await callApi(route, { token: patient }), 404, 'not_found'))).toEqual([path]);
  });
});

describe('GET returns 400 with the path of each invalid parameter for', () => {
  const day = 'from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z';
  it.each<[string, () => string, string[]]>([
    ['an end before the start', () => toSlotsPath('from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z'), ['query.from']],
    ['an empty time range', () => toSlotsPath('from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00Z'), ['query.from']],
    ['a range of 63 days', () => toSlotsPath('from=2030-01-01T00:00:00Z&to=2030-03-05T00:00:00Z'), ['query.to']],
    ['no time range', () => toSlotsPath(''), ['query.from', 'query.to']],
    [
      'a date that does not exist',
      () => toSlotsPath('from=2030-02-30T00:00:00Z&to=2030-03-01T00:00:00Z'),
      ['query.from'],
    ],
    [
      'a + that is not encoded and means a space',
      () => toSlotsPath('from=2030-01-01T00:00:00+01:00&to=2030-01-02T00:00:00Z'),
      ['query.from'],
    ],
    ['an unknown parameter', () => toSlotsPath(`${day}&colour=red`), ['query.colour']],
    ['a parameter that is sent twice', () => toSlotsPath(`${day}&limit=1&limit=2`), ['query.limit']],
    ['limit 0', () => toSlotsPath(`${day}&limit=0`), ['query.limit']],
    ['limit 201', () => toSlotsPath(`${day}&limit=201`), ['query.limit']],
    ['a limit in words', () => toSlotsPath(`${day}&limit=all`), ['query.limit']],
    ['a cursor that the API did not return', () => toSlotsPath(`${day}&cursor=bmV4dA`), ['query.cursor']],
    ['neither clinic nor doctor', () => `/slots?${day}`, ['query.clinicId']],
    ['no clinic', () => `/availability?${day}`, ['query.clinicId']],
    ['an invalid clinic id', () => `/availability?${day}&clinicId=1`, ['query.clinicId']],
    ['too many slots', () => `/availability?${day}&clinicId=${UNKNOWN_ID}&slots=9`, ['query.slots']],
    ['a parameter on a route without parameters', () => `/clinics/${UNKNOWN_ID}?limit=1`, ['query.limit']],
    ['an invalid id in the path', () => '/clinics/1', ['path.clinicId']],
    ['an unknown status', () => '/appointments?status=lost', ['query.status.0']],
    ['an unknown status among others', () => '/appointments?status=booked&status=lost', ['query.status.1']],
    ['appointments of 63 days', () => '/appointments?from=2030-01-01T00:00:00Z&to=2030-03-05T00:00:00Z', ['query.to']],
    [
      'appointments with an end before the start',
      () => '/appointments?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z',
      ['query.from'],
    ],
  ])('%s', async (_, getPath, errorPaths) => {
    const response = await callApi(`GET ${getPath()}`, { token: patient });
    expect(listErrorPaths(expectRefusal(response, 400, 'invalid_request'))).toEqual(errorPaths);
  });

  it('an unknown status, and lists the valid statuses', async () => {
    const { body } = await callApi('GET /appointments?status=zzz', { token: patient });
    expect(APPOINTMENT_STATUSES.filter((status) => !JSON.stringify(body).includes(status))).toEqual([]);
  });

  const toSlotsPath = (query: string) => `/slots?clinicId=${clinic.clinicId}&${query}`;
});

describe('requests of an admin return 400 for', () => {
  it.each<[string, object, string[]]>([
    ['an unknown time zone', { timeZone: 'Lisbon' }, ['body.timeZone']],
    ['an offset as the time zone', { timeZone: '+01:00' }, ['body.timeZone']],
    ['an invalid currency', { currency: 'euro' }, ['body.currency']],
    ['a phone number without its country', { phone: '211234567' }, ['body.phone']],
    ['slots of one minute', { slotMinutes: 1 }, ['body.slotMinutes']],
  ])('a clinic with %s', async (_, change, paths) => {
    const response = await callApi('POST /clinics', { token: admin, body: { ...CLINIC_BODY, ...change } });
    expect(listErrorPaths(expectRefusal(response, 400, 'invalid_request'))).toEqual(paths);
  });

  it.each<[string, object, string[]]>([
    ['no email address', { email: undefined }, ['body.email']],
    ['an invalid email address', { email: 'doctor' }, ['body.email']],
    ["a fee in another currency than the clinic's", { fee: { amount: 1, currency: 'USD' } }, ['body.fee.currency']],
    ['a negative fee', { fee: { amount: -1, currency: 'EUR' } }, ['body.fee.amount']],
  ])('a doctor with %s', async (_, change, paths) => {
    const body = { ...createDoctorBody(), ...change };
    const response = await callApi(`POST /clinics/${clinic.clinicId}/doctors`, { token: admin, body });
    expect(listErrorPaths(expectRefusal(response, 400, 'invalid_request'))).toEqual(paths);
  });

  it('working hours that create too many slots', async () => {
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00', capacity: 50 }));
    const path = `/doctors/${clinic.doctorIds[0]}/availability`;
    const problem = expectRefusal(
      await callApi(`POST ${path}`, { token: admin, body: { hours } }),
      400,
      'invalid_request',
    );
    expect(problem.errors).toEqual([{ path: 'body.hours', message: expect.stringMatching(/30000 slots.*30 days/) }]);
  });

  const nineToTen = { weekday: 1, start: '09:00', end: '10:00' };
  it.each<[string, object, string[]]>([
    ['an eighth weekday', { hours: [{ ...nineToTen, weekday: 8 }] }, ['body.hours.0.weekday']],
    ['a time that does not exist', { hours: [{ ...nineToTen, end: '25:00' }] }, ['body.hours.0.end']],
    ['an end before the start', { hours: [{ ...nineToTen, end: '08:00' }] }, ['body.hours.0.end']],
    ['hours that overlap', { hours: [nineToTen, { ...nineToTen, start: '09:30', end: '11:00' }] }, ['body.hours.1']],
    ['a first day that does not exist', { hours: [nineToTen], validFrom: '2030-02-30' }, ['body.validFrom']],
    [
      'a last day before the first',
      { hours: [nineToTen], validFrom: '2030-02-02', validTo: '2030-02-01' },
      ['body.validTo'],
    ],
  ])('working hours with %s', async (_, body, paths) => {
    const response = await callApi(`POST /doctors/${clinic.doctorIds[0]}/availability`, { token: admin, body });
    expect(listErrorPaths(expectRefusal(response, 400, 'invalid_request'))).toEqual(paths);
  });

  it('a booking without a patient', async () => {
    const body = { clinicId: clinic.clinicId, startTime };
    const problem = expectRefusal(await callApi('POST /appointments', { token: admin, body }), 400, 'invalid_request');
    expect(listErrorPaths(problem)).toEqual(['body.patientId']);
  });
});

describe('a request body', () => {
  const LIMIT = 64 * 1024;
  const createBody = (bytes: number) => `{"reason":"${'x'.repeat(bytes - 13)}"}`;

  it('of 64 KB is read, and one byte more is refused with 413', async () => {
    const options = { token: patient, text: `${createBody(LIMIT)} ` };
    expectRefusal(await callApi('POST /appointments', options), 413, 'payload_too_large');
    const problem = expectRefusal(
      await callApi('POST /appointments', { token: patient, text: createBody(LIMIT) }),
      400,
      'invalid_request',
    );
    expect(listErrorPaths(problem)).toContain('body.reason');
  });

  it('that exceeds the limit of API Gateway by one byte is refused with 413', async () => {
    const options = { token: patient, text: ' '.repeat(10 * 1024 * 1024 + 1) };
    expectRefusal(await callApi('POST /appointments', options), 413, 'payload_too_large');
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'json', ''])(
    'with the content type "%s" is refused with 415',
    async (type) => {
      expectRefusal(await book({}, { headers: { 'Content-Type': type } }), 415, 'unsupported_media_type');
    },
  );

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/merge-patch+json'])(
    'with the content type %s is read',
    async (type) => {
      expectRefusal(await book({ clinicId: UNKNOWN_ID }, { headers: { 'Content-Type': type } }), 404, 'not_found');
    },
  );
});

describe('paths and methods', () => {
  it.each(['/nowhere', '/', '/clinics/1/2/3', '/appointments/1/2', '//clinics', '/CLINICS', '/v1/clinics'])(
    'the path %s returns 404',
    async (path) => {
      expectRefusal(await callApi(`GET ${path}`), 404, 'not_found');
      expectRefusal(await callApi(`DELETE ${path}`, { token: patient }), 404, 'not_found');
    },
  );

  it.each([
    ['PUT /clinics', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE /appointments', 'GET, HEAD, OPTIONS, POST'],
    ['POST /me', 'GET, HEAD, OPTIONS, PATCH'],
    [`GET /appointments/${UNKNOWN_ID}/cancel`, 'OPTIONS, POST'],
    ['PROPFIND /availability', 'GET, HEAD, OPTIONS'],
  ])('%s returns 405 with the allowed methods', async (route, allow) => {
    const response = await callApi(route, { token: patient });
    expectRefusal(response, 405, 'method_not_allowed');
    expect(response.headers.allow).toBe(allow);
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
  ])('the path %s does not cause a server error', async (path) => {
    expect((await callApi(`GET ${path}`)).status).toBeLessThan(500);
  });
});

describe('an unusual header', () => {
  it.each<[string, RequestOptions['headers']]>([
    ['Accept', { Accept: 'application/xml;q=nonsense' }],
    ['Accept-Encoding', { 'Accept-Encoding': 'zstd, *;q=0' }],
    ['Content-Encoding', { 'Content-Encoding': 'gzip' }],
    ['Content-Type in UTF-16', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['Origin', { Origin: 'null' }],
    ['X-Forwarded-For', { 'X-Forwarded-For': "1.2.3.4, ' or 1=1 --" }],
    ['X-HTTP-Method-Override', { 'X-HTTP-Method-Override': 'DELETE' }],
    ['Host', { Host: 'example.com:99999' }],
    ['an empty Host', { Host: '' }],
    ['Cookie', { Cookie: '='.repeat(4_000) }],
    ['User-Agent', { 'User-Agent': '\u00e9' }],
    ['X-Amzn-Trace-Id', { 'X-Amzn-Trace-Id': 'Root=nonsense' }],
    ['a name that is sent 200 times', { 'X-Many': Array.from({ length: 200 }, () => 'x') }],
    ['names of object properties', { __proto__: 'x', constructor: 'x', toString: 'x' }],
  ])('does not cause a server error: %s', async (_, headers) => {
    const response = await book({ clinicId: UNKNOWN_ID }, { headers });
    expect(response.status).toBeLessThan(500);
    expect((await callApi('GET /clinics', { headers })).status).toBeLessThan(500);
  });
});

it('the same patient can still book after the invalid requests', async () => {
  expectSuccess(await book({}), 201, appointment);
});
