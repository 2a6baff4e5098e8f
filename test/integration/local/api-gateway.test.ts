import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { KEEP_ALIVE_EVENT } from '../../../lambdas/shared/keep-alive.contract.ts';
import { startApiGateway } from '../../../local/aws/api-gateway/api-gateway.ts';
import { startScheduler } from '../../../local/aws/events/scheduler.ts';
import { startLambdaEndpoint } from '../../../local/aws/lambda/lambda-endpoint.ts';
import { createLambdaPool } from '../../../local/aws/lambda/lambda-pool.ts';
import { createDeployment } from '../../../local/aws/templates/deployment.ts';
import { readTemplates } from '../../../local/aws/templates/templates.ts';
import type { RunningServer } from '../../../local/http/listen.ts';
import { ACTOR_FUNCTION_CODE, createApiStack, IDENTITY_STACK, SCOPE } from '../../support/aws/api-gateway-stack.ts';
import { createFunctionResource, writeSynthesizedApp } from '../../support/aws/synthesized-app.ts';
import { startTokenSigner } from '../../support/aws/token-signer.ts';

const USER_POOL_ID = 'us-east-1_LocalPool1';
const VALUES = {
  'AWS::Cognito::UserPool.Ref': USER_POOL_ID,
  'AWS::Cognito::UserPool.Arn': `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${USER_POOL_ID}`,
};
const BUNDLES = { actor: ACTOR_FUNCTION_CODE, unloadable: 'throw new RangeError("cannot load");' };
const lines: string[] = [];
const log = (source: string, line: string) => void lines.push(`${source}: ${line}`);

const app = writeSynthesizedApp({ Identity: IDENTITY_STACK, Service: createApiStack() }, BUNDLES);
const deployment = createDeployment(readTemplates(app), { region: 'us-east-1', values: VALUES });
const lambdas = createLambdaPool(deployment, { environment: { EXTRA: 'given' }, maxInstances: 2, log });
let tokenSigner: Awaited<ReturnType<typeof startTokenSigner>>;
let api: RunningServer;

beforeAll(async () => {
  tokenSigner = await startTokenSigner(`https://cognito-idp.us-east-1.amazonaws.com/${USER_POOL_ID}`);
  api = await startApiGateway({ deployment, lambdas, port: 0, jwksUrl: tokenSigner.jwksUrl, log });
});
afterAll(async () => {
  await api.stop();
  await lambdas.stop();
  await tokenSigner.stop();
  rmSync(app, { recursive: true });
});

const get = (path: string, init?: RequestInit) => fetch(api.url + path, init);
/** Calls a route and returns the event that its function received. The function behind most routes returns its event. */
const getEvent = async (path: string, init?: RequestInit) =>
  (await (await get(path, init)).json()) as APIGatewayProxyEvent;
/** Sends text that no HTTP client sends, and returns the status line of the response. */
const sendRaw = (text: string) =>
  new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(api.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('close', () => resolve(received.split('\r\n')[0] ?? '')).on('error', reject);
  });

describe('routes', () => {
  test.each([
    ['/', '/', null],
    ['/things', '/things', null],
    ['/things/', '/things', null],
    ['/things/7', '/things/{thingId}', { thingId: '7' }],
    ['/things/a%20b%2Fc', '/things/{thingId}', { thingId: 'a b/c' }],
    ['/things/7/part', '/things/{thingId}/part', { thingId: '7' }],
    ['/things/special/part', '/things/{thingId}/part', { thingId: 'special' }],
    ['/files/a/b.txt', '/files/{file+}', { file: 'a/b.txt' }],
  ])('%s is the resource %s', async (path, resource, pathParameters) => {
    expect(await getEvent(path)).toMatchObject({ resource, pathParameters, path });
  });

  test('a literal path part takes precedence over a parameter, and a specific method over ANY', async () => {
    expect((await get('/things/special')).status).toBe(405);
    expect((await getEvent('/things/special', { method: 'PATCH' })).resource).toBe('/things/special');
    expect((await getEvent('/files/x', { method: 'PUT' })).httpMethod).toBe('PUT');
  });

  test('an unknown path, or an unknown method without ANY, returns the gateway response of the template', async () => {
    for (const [path, method] of [
      ['/nothing', 'GET'],
      ['/things//part', 'GET'],
      ['/files', 'GET'],
      ['/things/7', 'POST'],
    ] as const) {
      const response = await get(path, { method });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      const requestId = response.headers.get('x-amzn-requestid');
      expect(await response.json()).toEqual({ code: 'not_found', detail: 'Missing Authentication Token', requestId });
    }
  });

  test('an unknown method of a path with ANY returns the response of its mock integration', async () => {
    const response = await get('/things', {
      method: 'PUT',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, DELETE, OPTIONS');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({ status: 405, requestId: response.headers.get('x-amzn-requestid') });
    expect((await get('/things', { method: 'PUT', body: 'x', headers: { 'Content-Type': 'text/plain' } })).status).toBe(
      415,
    );
  });

  test('a preflight response has the origin of the request if it is allowed', async () => {
    const readAllowedOrigin = async (Origin: string) => {
      const response = await get('/things', { method: 'OPTIONS', headers: { Origin } });
      expect(response.status).toBe(204);
      return response.headers.get('access-control-allow-origin');
    };
    expect(await readAllowedOrigin('https://a.example')).toBe('https://a.example');
    expect(await readAllowedOrigin('https://b.example')).toBe('https://b.example');
    expect(await readAllowedOrigin('https://evil.example')).toBe('https://a.example');
  });
});

describe('unusual requests', () => {
  test.each([
    ['GET /things/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['GET http://elsewhere.example/things?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 200],
    ['GET //things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ['OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ['GET /things?__proto__=1&%zz=%&=&&a HTTP/1.1\r\nHost: x\r\n__proto__: 1\r\nConnection: close\r\n\r\n', 200],
    ['GET /things HTTP/1.0\r\n\r\n', 200],
    ['NONSENSE\r\n\r\n', 400],
  ])('%j returns %i', async (request, status) => {
    expect(await sendRaw(request)).toContain(` ${status} `);
  });

  test('a client that disconnects in the middle of its body does not affect other requests', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(api.port, '127.0.0.1', () =>
        socket.write('POST /files/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () =>
          resolve(void socket.destroy()),
        ),
      );
    });
    expect((await get('/things')).status).toBe(200);
  });

  test('a body of more than 10 MB is refused, and a smaller one is accepted', async () => {
    const post = (bytes: number) => get('/files/x', { method: 'POST', body: 'x'.repeat(bytes) });
    const refused = await post(10 * 1024 * 1024 + 1);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({ message: 'Request Too Long' });
    expect(await (await post(1_000_000)).json()).toMatchObject({ body: 'x'.repeat(1_000_000) });
  });

  test('the error if the port is in use contains the port', async () => {
    await expect(
      startApiGateway({ deployment, lambdas, port: api.port, jwksUrl: tokenSigner.jwksUrl, log }),
    ).rejects.toThrow(`Port ${api.port} is already in use`);
  });
});

test('the event has the format of a Lambda proxy integration', async () => {
  const response = await get('/things/7?a=1&a=2&b=x%20y&c', {
    headers: { 'X-Thing': 'one', 'User-Agent': 'tester', 'X-Forwarded-For': '203.0.113.9' },
  });
  const event = (await response.json()) as APIGatewayProxyEvent;
  expect(event).toMatchObject({
    resource: '/things/{thingId}',
    path: '/things/7',
    httpMethod: 'GET',
    queryStringParameters: { a: '2', b: 'x y', c: '' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'], c: [''] },
    pathParameters: { thingId: '7' },
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    multiValueHeaders: { 'X-Forwarded-For': ['203.0.113.9, 127.0.0.1'] },
    requestContext: {
      accountId: '000000000000',
      apiId: 'Api',
      stage: 'v1',
      httpMethod: 'GET',
      path: '/things/7',
      resourcePath: '/things/{thingId}',
      protocol: 'HTTP/1.1',
      domainName: '127.0.0.1',
      requestId: response.headers.get('x-amzn-requestid'),
      identity: { sourceIp: '127.0.0.1', userAgent: 'tester' },
    },
  });
  expect(event.requestContext.authorizer).toBeUndefined();
  expect(Math.abs(event.requestContext.requestTimeEpoch - Date.now())).toBeLessThan(5000);
  expect(event.requestContext.requestTime).toMatch(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  expect((await getEvent('/things')).queryStringParameters).toBeNull();
});

test('functions receive text bodies as text and binary bodies in base64', async () => {
  const post = (body: string | Buffer<ArrayBuffer>, type: string) =>
    getEvent('/files/x', { method: 'POST', body, headers: { 'Content-Type': type } });
  expect(await post('{"a":"é"}', 'application/json')).toMatchObject({ body: '{"a":"é"}', isBase64Encoded: false });
  expect(await post(Buffer.from([255, 0]), 'image/png')).toMatchObject({ body: '/wA=', isBase64Encoded: true });
});

describe('tokens', () => {
  const call = async (method: string, authorization?: string) => {
    const response = await get('/things', { method, headers: authorization ? { Authorization: authorization } : {} });
    return { status: response.status, body: (await response.json()) as APIGatewayProxyEvent };
  };

  test('a method with scopes accepts an access token that has one of them, with or without Bearer', async () => {
    const token = tokenSigner.createToken('access', { 'cognito:groups': ['admin', 'doctor'], exp: 4_102_444_800 });
    for (const authorization of [token, `Bearer ${token}`, `bearer ${token}`])
      expect((await call('POST', authorization)).body.requestContext.authorizer?.claims).toMatchObject({
        sub: 'user-1',
        token_use: 'access',
        scope: SCOPE,
        'cognito:groups': 'admin,doctor',
        exp: 'Fri Jan 01 00:00:00 UTC 2100',
      });
    expect((await call('POST', tokenSigner.createToken('id'))).status).toBe(401);
    expect((await call('POST', tokenSigner.createToken('access', { scope: 'openid' }))).status).toBe(401);
  });

  test('a method without scopes accepts only id tokens', async () => {
    expect((await call('DELETE', tokenSigner.createToken('id'))).status).toBe(200);
    expect((await call('DELETE', tokenSigner.createToken('access'))).status).toBe(401);
  });

  test('any other token returns the UNAUTHORIZED response of the template', async () => {
    const [header = '', claims = ''] = tokenSigner.createToken('access').split('.');
    const foreign = await startTokenSigner(`https://cognito-idp.us-east-1.amazonaws.com/${USER_POOL_ID}`);
    const authorizations = [
      undefined,
      'Bearer',
      'Basic dXNlcjpwYXNz',
      'a.b.c',
      `${header}.${claims}.`,
      foreign.createToken('access'),
      tokenSigner.createToken('access', { iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Another01' }),
    ];
    for (const authorization of authorizations)
      expect(await call('POST', authorization)).toMatchObject({
        status: 401,
        body: { code: 'unauthorized', detail: 'Unauthorized' },
      });
    expect(await call('POST', tokenSigner.createToken('access', { exp: 1 }))).toMatchObject({
      status: 401,
      body: { detail: 'The incoming token has expired' },
    });
    await foreign.stop();
  });

  test('an accepted token is refused as soon as it has expired', async () => {
    const token = tokenSigner.createToken('access', { exp: Math.floor(Date.now() / 1000) + 2 });
    expect((await call('POST', token)).status).toBe(200);
    await expect.poll(async () => (await call('POST', token)).status, { timeout: 3000 }).toBe(401);
  });

  test('the public keys are fetched once', () => {
    expect(tokenSigner.fetchCount()).toBe(1);
  });

  test('an unreachable user pool causes a 500, not a 401', async () => {
    const gateway = await startApiGateway({ deployment, lambdas, port: 0, jwksUrl: 'http://127.0.0.1:1/keys', log });
    const response = await fetch(`${gateway.url}/things`, {
      method: 'POST',
      headers: { Authorization: tokenSigner.createToken('access') },
    });
    await gateway.stop();
    expect(response.status).toBe(500);
    expect(lines.some((line) => line.includes('127.0.0.1:1/keys'))).toBe(true);
  });
});

describe('HEAD', () => {
  test.each([
    ['/files/x', 200],
    ['/nothing', 404],
    ['/things/special', 405],
  ])('%s returns the headers of GET and no body', async (path, status) => {
    const [getResponse, headResponse] = [await get(path), await get(path, { method: 'HEAD' })];
    expect([headResponse.status, getResponse.status]).toEqual([status, status]);
    const listHeaderNames = ({ headers }: Response) =>
      [...headers.keys()].filter((name) => !/^(connection|keep-alive)$/.test(name));
    expect(listHeaderNames(headResponse)).toEqual(listHeaderNames(getResponse));
    expect(Number(headResponse.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await headResponse.text()).toBe('');
  });
});

describe('responses of functions', () => {
  const callReturning = (result: unknown, headers: Record<string, string> = {}) =>
    get(`/things?act=answer&text=${encodeURIComponent(JSON.stringify(result))}`, { headers });

  test('headers and multiValueHeaders are sent, and headers that API Gateway reserves are renamed', async () => {
    const response = await callReturning({
      statusCode: 401,
      headers: { 'WWW-Authenticate': 'Bearer', 'X-Number': 7, 'Content-Length': '99', 'Transfer-Encoding': 'chunked' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'no',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(response.headers.get('x-amzn-remapped-www-authenticate')).toBe('Bearer');
    expect(response.headers.get('x-amzn-remapped-content-length')).toBe('99');
    expect(response.headers.get('x-number')).toBe('7');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('no');
  });

  test('a base64 body is decoded for a client that accepts a binary type', async () => {
    const image = { statusCode: 200, headers: { 'Content-Type': 'image/png' }, body: '/wA=', isBase64Encoded: true };
    expect(Buffer.from(await (await callReturning(image, { Accept: 'image/png' })).arrayBuffer())).toEqual(
      Buffer.from([255, 0]),
    );
    expect(await (await callReturning(image)).text()).toBe('/wA=');
  });

  test.each([
    ['no status', { body: 'x' }],
    ['an invalid status', { statusCode: 42 }],
    ['a body that is not a string', { statusCode: 200, body: { a: 1 } }],
    ['a header that cannot be sent', { statusCode: 200, headers: { 'X-Bad': 'a\nb' } }],
    ['a header name that cannot be sent', { statusCode: 200, headers: { 'X Bad': 'a' } }],
    ['text', 'hello'],
    ['nothing', null],
  ])('%s as a malformed response causes a 502', async (_, result) => {
    const response = await callReturning(result);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'internal', detail: 'Internal server error' });
    expect(lines.at(-1)).toMatch(/api-gateway: GET \/things: .*Malformed Lambda proxy response/);
  });

  test.each(['throw', 'crash', 'spin', 'circular', 'nothing'])(
    'the action %s of a function causes a 502',
    async (act) => {
      expect((await get(`/things?act=${act}`)).status).toBe(502);
      expect((await get('/things')).status).toBe(200);
    },
  );

  test('a function that cannot be loaded causes a 502', async () => {
    expect((await get('/dead')).status).toBe(502);
    expect(lines.some((line) => line.startsWith('Unloadable: RangeError: cannot load'))).toBe(true);
  });

  test('a function that exceeds the timeout of the integration causes a 504', async () => {
    await lambdas.get('Actor').warm();
    const response = await get('/slow?act=wait&ms=400');
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'too_slow', detail: 'Endpoint request timed out' });
  });
});

describe('functions', () => {
  const findActor = () => lambdas.get('Actor');
  const invokeActor = async (event: object) => {
    const result = await findActor().invoke(event);
    if (!result.ok || typeof result.payload !== 'object' || !result.payload || !('body' in result.payload))
      throw new Error(JSON.stringify(result));
    return JSON.parse(String(result.payload.body));
  };

  test('are found by name, ARN and alias', () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Actor';
    expect(lambdas.get(arn)).toBe(findActor());
    expect(lambdas.get(`${arn}:live`)).toBe(findActor());
    expect(() => lambdas.get('Nobody')).toThrow(/no function Nobody; there are: Actor, Unloadable, Unused/);
    expect(() => lambdas.get('Unused')).toThrow(/refers to Nowhere/);
  });

  test('have only the environment variables of the template, of Lambda and of the pool', async () => {
    process.env.LEAKED = 'yes';
    const environment = await invokeActor({ act: 'environment' });
    expect(environment).toMatchObject({
      POOL_ID: USER_POOL_ID,
      EXTRA: 'given',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Actor',
    });
    expect(environment.LEAKED).toBeUndefined();
    expect(
      Object.keys(environment)
        .filter((name) => !/^(AWS_|_X_AMZN|LAMBDA_|NODE_CHANNEL)/.test(name))
        .sort(),
    ).toEqual(['EXTRA', 'LANG', 'PATH', 'POOL_ID', 'TZ']);
  });

  test('receive the context of their invocation, and one process handles many invocations', async () => {
    const [first, second] = [await invokeActor({ act: 'context' }), await invokeActor({ act: 'context' })];
    expect(first).toMatchObject({
      functionName: 'Actor',
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Actor',
    });
    expect(first.left).toBeGreaterThan(1500);
    expect(first.left).toBeLessThanOrEqual(2000);
    expect(second.awsRequestId).not.toBe(first.awsRequestId);
    expect([second.pid, second.invocations]).toEqual([first.pid, first.invocations + 1]);
  });

  test('fail with the error format of Lambda', async () => {
    const invokeFailing = async (act: string) => {
      const result = await findActor().invoke({ act });
      return result.ok ? undefined : result.error;
    };
    expect(await invokeFailing('throw')).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such thing' });
    expect((await invokeFailing('throw'))?.trace?.[0]).toBe('TypeError: no such thing');
    expect(await invokeFailing('throw-text')).toEqual({ errorType: 'string', errorMessage: 'only text', trace: [] });
    expect(await invokeFailing('spin')).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Task timed out after 2\.00 seconds$/),
    });
    expect(await invokeFailing('crash')).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
    });
    expect(await invokeFailing('circular')).toMatchObject({ errorType: 'Runtime.MarshalError' });
    expect(lines).toContain('Actor: last words');
  });

  test('run in parallel up to the limit, and further invocations wait in order', async () => {
    const finishedByPid = new Map<number, number[]>();
    const runs = [1, 2, 3, 4, 5, 6].map(async (number) => {
      const { pid } = await invokeActor({ act: 'wait', ms: 100 });
      finishedByPid.set(pid, [...(finishedByPid.get(pid) ?? []), number]);
    });
    await Promise.all(runs);
    expect(finishedByPid.size).toBe(2);
    for (const numbers of finishedByPid.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('have each line of their output logged', async () => {
    await invokeActor({ act: 'say' });
    await expect.poll(() => lines).toEqual(expect.arrayContaining(['Actor: out', 'Actor: more', 'Actor: err']));
  });

  test('that cannot be loaded fail when they are warmed up', async () => {
    await expect(lambdas.get('Unloadable').warm()).rejects.toThrow('Unloadable did not start: RangeError: cannot load');
  });

  test('end with the process that started them, also after kill -9', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const event = { act: 'connect', port: typeof address === 'object' ? address?.port : undefined };
    const script = `
      import { createDeployment } from './local/aws/templates/deployment.ts';
      import { createLambdaPool } from './local/aws/lambda/lambda-pool.ts';
      import { readTemplates } from './local/aws/templates/templates.ts';
      const options = { region: 'us-east-1', values: ${JSON.stringify(VALUES)} };
      const deployment = createDeployment(readTemplates(${JSON.stringify(app)}), options);
      await createLambdaPool(deployment, { log: () => {} }).get('Actor').invoke(${JSON.stringify(event)});
      setInterval(() => {}, 1000);`;
    const cwd = new URL('../../../', import.meta.url);
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd, stdio: 'inherit' });
    const [connection] = await once(server, 'connection');
    await once(connection, 'data');
    const closed = once(connection.resume(), 'close');
    expect(connection.closed).toBe(false);
    parent.kill('SIGKILL');
    await closed;
    server.close();
  });
});

describe('the invoke endpoint', () => {
  let endpoint: RunningServer;
  beforeAll(async () => {
    endpoint = await startLambdaEndpoint(lambdas, 0);
  });
  afterAll(() => endpoint.stop());
  const invoke = (name: string, body: string) =>
    fetch(`${endpoint.url}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, { method: 'POST', body });

  test('returns the result of the function, or its error with a header', async () => {
    const success = await invoke(
      'arn:aws:lambda:us-east-1:000000000000:function:Actor',
      '{"act":"answer","text":"[1]"}',
    );
    expect([success.status, success.headers.get('x-amz-function-error'), await success.json()]).toEqual([
      200,
      null,
      [1],
    ]);
    const failure = await invoke('Actor', '{"act":"throw"}');
    expect([failure.status, failure.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await failure.json()).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such thing' });
  });

  test('refuses an unknown function and an event that is not JSON', async () => {
    const unknown = await invoke('Nobody', '{}');
    expect([unknown.status, unknown.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
    expect((await invoke('Actor', '{')).status).toBe(400);
  });
});

test('requests in progress get their response when the server stops', async () => {
  const other = await startApiGateway({ deployment, lambdas, port: 0, jwksUrl: tokenSigner.jwksUrl, log });
  await (await fetch(`${other.url}/things`)).text();
  lines.length = 0;
  const running = fetch(`${other.url}/things?act=wait&ms=200`);
  await vi.waitFor(() => expect(lines).toContain('Actor: waiting'));
  const startedAt = performance.now();
  await other.stop();
  expect(performance.now() - startedAt).toBeLessThan(800);
  expect((await running).status).toBe(200);
  await expect(fetch(`${other.url}/things`)).rejects.toThrow();
});

describe('schedules', () => {
  const createTarget = (properties: object) => ({ Arn: { 'Fn::GetAtt': ['Job', 'Arn'] }, ...properties });
  const createJobDeployment = (resources: object) => {
    const folder = writeSynthesizedApp(
      { Jobs: { Resources: { Job: createFunctionResource('job'), ...resources } } },
      { job: JOB },
    );
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return createDeployment(readTemplates(folder), { region: 'us-east-1', values: {} });
  };
  const JOB =
    'export const handler = async (event) => { console.log(JSON.stringify(event)); if (event.fail) throw new Error("x"); };';

  test('run at once with their input and are logged, but not if they are disabled, keep-alive events or rules for events', async () => {
    const events: string[] = [];
    const recordEvent = (source: string, line: string) => void events.push(`${source}: ${line}`);
    const jobs = createJobDeployment({
      Daily: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'rate(1 day)',
          State: 'ENABLED',
          Target: createTarget({ Input: '{"days":30}' }),
        },
      },
      Failing: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { ScheduleExpression: 'rate(5 minutes)', Target: createTarget({ Input: '{"fail":true}' }) },
      },
      Off: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { ScheduleExpression: 'rate(1 hour)', State: 'DISABLED', Target: createTarget({}) },
      },
      KeepAlive: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'rate(1 day)',
          Target: createTarget({ Input: JSON.stringify(KEEP_ALIVE_EVENT) }),
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { ScheduleExpression: 'rate(1 hour)', Targets: [createTarget({ Id: 'a' })] },
      },
      OnEvent: { Type: 'AWS::Events::Rule', Properties: { EventPattern: {}, Targets: [createTarget({ Id: 'b' })] } },
    });
    const pool = createLambdaPool(jobs, { log: recordEvent });
    const scheduler = startScheduler(jobs, pool, recordEvent);
    expect(scheduler.schedules.map(({ name, intervalMs }) => [name, intervalMs])).toEqual([
      ['Daily', 86_400_000],
      ['Failing', 300_000],
      ['Rule', 3_600_000],
    ]);
    await expect.poll(() => events.filter((line) => line.startsWith('scheduler:'))).toHaveLength(3);
    await scheduler.stop();
    await pool.stop();
    expect(events).toContain('Job: {"days":30}');
    expect(events.find((line) => line.includes('Daily ran'))).toMatch(/^scheduler: Daily ran Job in \d+ ms: ok$/);
    expect(events.find((line) => line.includes('Failing ran'))).toMatch(/failed: Error: x$/);
    expect(events.some((line) => line.includes('"detail-type":"Scheduled Event"'))).toBe(true);
  });

  test.each(['cron(0 12 * * ? *)', 'at(2030-01-01T00:00:00)', 'rate(0 days)'])(
    '%s are refused, and the error names rate()',
    (expression) => {
      const jobs = createJobDeployment({
        Odd: {
          Type: 'AWS::Scheduler::Schedule',
          Properties: { ScheduleExpression: expression, Target: createTarget({}) },
        },
      });
      expect(() => startScheduler(jobs, createLambdaPool(jobs, { log }), log)).toThrow(
        /cannot be run locally: use rate/,
      );
    },
  );
});
