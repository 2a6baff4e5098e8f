import { appointment } from '@medbook/contract/appointment';
import { clinic as clinicSchema } from '@medbook/contract/clinic';
import { addedDoctor } from '@medbook/contract/doctor';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, type TestHttpResponse } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { createPatients, signInDemoAccount } from '../support/system/logins.ts';
import { CLINIC_BODY, createDoctorBody, type OpenedClinic, openClinic } from '../support/system/open-clinic.ts';

let clinic: OpenedClinic;
let patient: string;
let admin: string;
let booked: TestHttpResponse;
let path: string;

beforeAll(async () => {
  clinic = await openClinic({ doctors: 1 });
  [patient = ''] = await createPatients(1);
  admin = await signInDemoAccount('admin');
  const body = { clinicId: clinic.clinicId, startTime: clinic.times[0] };
  booked = await callApi('POST /appointments', { token: patient, body });
  path = `/appointments/${expectSuccess(booked, 201, appointment).id}`;
});

const DAY = 'from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z';

describe('HEAD', () => {
  it.each<[string, () => string]>([
    ['/health', () => '/health'],
    ['/openapi.json', () => '/openapi.json'],
    ['/docs', () => '/docs'],
    ['/clinics/{clinicId}', () => `/clinics/${clinic.clinicId}`],
    ['/specializations', () => '/specializations'],
    ['/doctors', () => `/doctors?clinicId=${clinic.clinicId}`],
    ['/doctors/{doctorId}', () => `/doctors/${clinic.doctorIds[0]}`],
    ['/doctors/{doctorId}/slots', () => `/doctors/${clinic.doctorIds[0]}/slots?${DAY}`],
    ['/availability', () => `/availability?clinicId=${clinic.clinicId}&${DAY}`],
    ['/slots', () => `/slots?clinicId=${clinic.clinicId}&${DAY}`],
    ['/me', () => '/me'],
    ['/appointments', () => '/appointments'],
    ['/appointments/{appointmentId}', () => path],
    ['an invalid request', () => '/slots'],
    ['a doctor that does not exist', () => '/doctors/00000000-0000-4000-8000-000000000000'],
    ['an unknown path', () => '/nowhere'],
  ])('%s returns the status and headers of GET, without the body', async (_, target) => {
    const asGet = await callApi(`GET ${target()}`, { token: patient });
    const asHead = await callApi(`HEAD ${target()}`, { token: patient });
    expect(asHead).toMatchObject({ status: asGet.status, body: '' });
    expect(withoutChangingHeaders(asHead)).toEqual(withoutChangingHeaders(asGet));
    expect(Number(asHead.headers['content-length'])).toBeGreaterThan(0);
  });

  it('requires the token that GET requires', async () => {
    expect(await callApi('HEAD /me')).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  /** Returns the headers without those that can differ between two equal requests. */
  function withoutChangingHeaders({ headers }: TestHttpResponse) {
    const changingHeaders = ['date', 'x-amzn-requestid', 'connection', 'keep-alive', 'ratelimit'];
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !changingHeaders.includes(name)));
  }
});

describe('OPTIONS', () => {
  it.each([
    ['/clinics', 'GET, HEAD, OPTIONS, POST'],
    ['/me', 'GET, HEAD, OPTIONS, PATCH'],
    ['/appointments/1/cancel', 'OPTIONS, POST'],
  ])('%s returns the allowed methods and the allowed request headers', async (target, allow) => {
    const headers = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'POST' };
    const response = await callApi(`OPTIONS ${target}`, { headers });
    expect(response).toMatchObject({ status: 204, headers: { allow, 'access-control-allow-origin': '*' } });
    const allowedHeaders = String(response.headers['access-control-allow-headers']).split(',');
    expect(allowedHeaders).toEqual(
      expect.arrayContaining(['Authorization', 'Idempotency-Key', 'If-Match', 'If-None-Match']),
    );
    const methods = allow.split(', ').filter((method) => method !== 'OPTIONS');
    expect(String(response.headers['access-control-allow-methods']).split(',').sort()).toEqual(methods);
  });

  it('returns 404 for an unknown path', async () => {
    expectRefusal(await callApi('OPTIONS /nowhere'), 404, 'not_found');
  });

  it('returns 204 with a text body, and 415 with an image', async () => {
    const createOptions = (type: string) => ({ text: '{ "statusCode": 500 }', headers: { 'Content-Type': type } });
    expect((await callApi('OPTIONS /clinics', createOptions('text/plain'))).status).toBe(204);
    expectRefusal(await callApi('OPTIONS /clinics', createOptions('image/png')), 415, 'unsupported_media_type');
  });
});

describe('every response', () => {
  it.each<[string, () => Promise<TestHttpResponse>]>([
    ['200 of a function', () => callApi('GET /clinics')],
    ['200 with an HTML page', () => callApi('GET /docs')],
    ['400', () => callApi('GET /slots')],
    ['401', () => callApi('GET /me')],
    ['404', () => callApi('GET /nowhere')],
    ['405', () => callApi('PUT /clinics')],
    ['304', () => callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': '*' } })],
  ])('%s has the headers for security, caching and CORS', async (_, send) => {
    const { headers } = await send();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('Retry-After'),
    });
  });

  it('405 exposes the Allow header to other origins', async () => {
    const { headers } = await callApi('PUT /clinics');
    expect(headers['access-control-expose-headers']).toContain('Allow');
  });
});

describe('the ETag of an appointment', () => {
  it('is its version, in the responses to a booking and to a read', async () => {
    expect(booked.headers.etag).toBe('"1"');
    const read = await callApi(`GET ${path}`, { token: patient });
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { version: 1 } });
  });

  it('is compared with If-None-Match: 304 if one of its values matches, otherwise 200', async () => {
    for (const tags of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const response = await callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': tags } });
      expect(response).toMatchObject({ status: 304, body: '', headers: { etag: '"1"' } });
    }
    const other = await callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': '"2"' } });
    expect(other.status).toBe(200);
  });

  it('does not reveal to another patient that the appointment exists', async () => {
    const [otherPatient] = await createPatients(1);
    const response = await callApi(`GET ${path}`, { token: otherPatient, headers: { 'If-None-Match': '*' } });
    expectRefusal(response, 404, 'not_found');
  });

  it('is compared with If-Match of a command: 412 for another version, 400 for a malformed value', async () => {
    const cancel = (tag: string) => callApi(`POST ${path}/cancel`, { token: patient, headers: { 'If-Match': tag } });
    for (const malformed of ['1', 'W/"1"', '"1", "2"', 'x']) {
      const { errors } = expectRefusal(await cancel(malformed), 400, 'invalid_request');
      expect(errors).toMatchObject([{ path: 'headers.if-match' }]);
    }
    expectRefusal(await cancel('"2"'), 412, 'precondition_failed');
    const cancelled = await cancel('"1"');
    expect(expectSuccess(cancelled, 200, appointment)).toMatchObject({ status: 'cancelled', version: 2 });
    expect(cancelled.headers.etag).toBe('"2"');
  });
});

describe('the Location header', () => {
  it.each<[string, () => Promise<TestHttpResponse>, () => string]>([
    ['an appointment', async () => booked, () => '/appointments'],
    ['a clinic', () => callApi('POST /clinics', { token: admin, body: CLINIC_BODY }), () => '/clinics'],
    [
      'a doctor',
      () => callApi(getDoctorsRoute(), { token: admin, body: createDoctorBody() }),
      () => getDoctorsRoute().slice('POST '.length),
    ],
  ])('leads to %s that was created, with any base URL of the API', async (_, create, getPath) => {
    const created = await create();
    for (const base of ['https://api.example', 'https://api.example/v1']) {
      const url = new URL(String(created.headers.location), `${base}${getPath()}`).href;
      expect(url.startsWith(`${base}/`)).toBe(true);
      const found = await callApi(`GET ${url.slice(base.length)}`, { token: patient });
      expect(found).toMatchObject({ status: 200, body: { id: Object(created.body).id } });
    }
  });

  const getDoctorsRoute = () => `POST /clinics/${clinic.clinicId}/doctors`;
});

describe('a phone number', () => {
  const enteredPhone = '+1 (202) 555-0100';
  const storedPhone = '+12025550100';

  it('of a patient, a clinic or a doctor is stored in E.164', async () => {
    const changed = await callApi('PATCH /me', { token: patient, body: { phone: enteredPhone } });
    expect(changed).toMatchObject({ status: 200, body: { phone: storedPhone } });
    const created = await callApi('POST /clinics', { token: admin, body: { ...CLINIC_BODY, phone: enteredPhone } });
    expect(expectSuccess(created, 201, clinicSchema).phone).toBe(storedPhone);
    const body = { ...createDoctorBody(), phone: enteredPhone };
    const added = await callApi(`POST /clinics/${clinic.clinicId}/doctors`, { token: admin, body });
    expect(expectSuccess(added, 201, addedDoctor).phone).toBe(storedPhone);
  });

  it.each(['202-555-0100', '+1 202 555', '+1 202 555 0100 ext. 7'])(
    '%s is refused with an example of the expected format',
    async (phone) => {
      const { errors } = expectRefusal(
        await callApi('PATCH /me', { token: patient, body: { phone } }),
        400,
        'invalid_request',
      );
      expect(errors).toEqual([{ path: 'body.phone', message: expect.stringContaining('+351 211 234 567') }]);
    },
  );
});
