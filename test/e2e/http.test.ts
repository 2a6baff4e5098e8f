import { appointment } from '@medbook/contract/appointment';
import { clinic as clinicAnswer } from '@medbook/contract/clinic';
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
    ['of what is refused', () => '/slots'],
    ['of what is not there', () => '/doctors/00000000-0000-4000-8000-000000000000'],
    ['of an unknown path', () => '/nowhere'],
  ])('%s is answered as GET, without the body', async (_, target) => {
    const asGet = await callApi(`GET ${target()}`, { token: patient });
    const asHead = await callApi(`HEAD ${target()}`, { token: patient });
    expect(asHead).toMatchObject({ status: asGet.status, body: '' });
    expect(withoutChangingHeaders(asHead)).toEqual(withoutChangingHeaders(asGet));
    expect(Number(asHead.headers['content-length'])).toBeGreaterThan(0);
  });

  it('needs the token that GET needs', async () => {
    expect(await callApi('HEAD /me')).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  /** The headers that do not tell one request from another. */
  function withoutChangingHeaders({ headers }: TestHttpResponse) {
    const ownHeaders = ['date', 'x-amzn-requestid', 'connection', 'keep-alive', 'ratelimit'];
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)));
  }
});

describe('OPTIONS', () => {
  it.each([
    ['/clinics', 'GET, HEAD, OPTIONS, POST'],
    ['/me', 'GET, HEAD, OPTIONS, PATCH'],
    ['/appointments/1/cancel', 'OPTIONS, POST'],
  ])('%s says what the path takes, and which headers pages may send', async (target, allow) => {
    const headers = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'POST' };
    const answer = await callApi(`OPTIONS ${target}`, { headers });
    expect(answer).toMatchObject({ status: 204, headers: { allow, 'access-control-allow-origin': '*' } });
    const isSendable = String(answer.headers['access-control-allow-headers']).split(',');
    expect(isSendable).toEqual(
      expect.arrayContaining(['Authorization', 'Idempotency-Key', 'If-Match', 'If-None-Match']),
    );
    const methods = allow.split(', ').filter((method) => method !== 'OPTIONS');
    expect(String(answer.headers['access-control-allow-methods']).split(',').sort()).toEqual(methods);
  });

  it('of an unknown path is 404', async () => {
    expectRefusal(await callApi('OPTIONS /nowhere'), 404, 'not_found');
  });

  it('with a body is no fault of ours', async () => {
    const sent = (type: string) => ({ text: '{ "statusCode": 500 }', headers: { 'Content-Type': type } });
    expect((await callApi('OPTIONS /clinics', sent('text/plain'))).status).toBe(204);
    expectRefusal(await callApi('OPTIONS /clinics', sent('image/png')), 415, 'unsupported_media_type');
  });
});

describe('every answer', () => {
  it.each<[string, () => Promise<TestHttpResponse>]>([
    ['of a function', () => callApi('GET /clinics')],
    ['that is a page', () => callApi('GET /docs')],
    ['that refuses', () => callApi('GET /slots')],
    ['401', () => callApi('GET /me')],
    ['404', () => callApi('GET /nowhere')],
    ['405', () => callApi('PUT /clinics')],
    ['304', () => callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': '*' } })],
  ])('%s is kept by nobody, guessed at by nobody, and readable for pages', async (_, ask) => {
    const { headers } = await ask();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('Retry-After'),
    });
  });

  it('405 lets pages read what the path takes', async () => {
    const { headers } = await callApi('PUT /clinics');
    expect(headers['access-control-expose-headers']).toContain('Allow');
  });
});

describe('the version of an appointment', () => {
  it('is its ETag, wherever it is answered', async () => {
    expect(booked.headers.etag).toBe('"1"');
    const read = await callApi(`GET ${path}`, { token: patient });
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { version: 1 } });
  });

  it('is not sent again to who has it', async () => {
    for (const tags of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const answer = await callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': tags } });
      expect(answer).toMatchObject({ status: 304, body: '', headers: { etag: '"1"' } });
    }
    const other = await callApi(`GET ${path}`, { token: patient, headers: { 'If-None-Match': '"2"' } });
    expect(other.status).toBe(200);
  });

  it('tells nobody else that it is there', async () => {
    const [stranger] = await createPatients(1);
    const answer = await callApi(`GET ${path}`, { token: stranger, headers: { 'If-None-Match': '*' } });
    expectRefusal(answer, 404, 'not_found');
  });

  it('that a command names must be the one of now', async () => {
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

describe('what has been made', () => {
  it.each<[string, () => Promise<TestHttpResponse>, () => string]>([
    ['an appointment', async () => booked, () => '/appointments'],
    ['a clinic', () => callApi('POST /clinics', { token: admin, body: CLINIC_BODY }), () => '/clinics'],
    [
      'a doctor',
      () => callApi(doctors(), { token: admin, body: createDoctorBody() }),
      () => doctors().slice('POST '.length),
    ],
  ])('%s is where Location says, whatever the API is called', async (_, make, fromPath) => {
    const made = await make();
    for (const base of ['https://api.example', 'https://api.example/v1']) {
      const at = new URL(String(made.headers.location), `${base}${fromPath()}`).href;
      expect(at.startsWith(`${base}/`)).toBe(true);
      const found = await callApi(`GET ${at.slice(base.length)}`, { token: patient });
      expect(found).toMatchObject({ status: 200, body: { id: Object(made.body).id } });
    }
  });

  const doctors = () => `POST /clinics/${clinic.clinicId}/doctors`;
});

describe('a phone number, as people write it', () => {
  const enteredPhone = '+1 (202) 555-0100';
  const storedPhone = '+12025550100';

  it('of a patient, a clinic and a doctor is kept in E.164', async () => {
    const mine = await callApi('PATCH /me', { token: patient, body: { phone: enteredPhone } });
    expect(mine).toMatchObject({ status: 200, body: { phone: storedPhone } });
    const made = await callApi('POST /clinics', { token: admin, body: { ...CLINIC_BODY, phone: enteredPhone } });
    expect(expectSuccess(made, 201, clinicAnswer).phone).toBe(storedPhone);
    const body = { ...createDoctorBody(), phone: enteredPhone };
    const added = await callApi(`POST /clinics/${clinic.clinicId}/doctors`, { token: admin, body });
    expect(expectSuccess(added, 201, addedDoctor).phone).toBe(storedPhone);
  });

  it.each(['202-555-0100', '+1 202 555', '+1 202 555 0100 ext. 7'])(
    '%s is refused, with what was expected',
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
