import { API_FUNCTIONS, ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

const ROUTE_ACCESS: Record<string, string | readonly string[]> = Object.fromEntries(
  ROUTES.map(({ key, access }) => [key, access]),
);

/** API Gateway's name for all methods that a path does not define. */
const ANY_METHOD = 'x-amazon-apigateway-any-method';
const INTEGRATION = 'x-amazon-apigateway-integration';

describe.each(STAGES)('the API of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const [api] = findResources('AWS::ApiGateway::RestApi', templates.service);
  const document = api?.Body;
  const paths = Object.keys(document.paths);
  const operations = paths.flatMap((path) =>
    Object.entries<Record<string, unknown>>(document.paths[path]).map(([name, operation]) => ({
      path,
      method: name === ANY_METHOD ? 'ANY' : name.toUpperCase(),
      integration: Object(operation[INTEGRATION]),
      security: operation.security,
      responses: Object(operation.responses),
    })),
  );
  const gatewayResponses: Record<
    string,
    { statusCode: string; responseParameters: Record<string, string>; responseTemplates: Record<string, string> }
  > = document['x-amazon-apigateway-gateway-responses'];
  const routes = operations.filter(({ method }) => !['ANY', 'OPTIONS', 'HEAD'].includes(method));

  /** Returns the operation of a path. Fails the test if the path has no such method. */
  function findOperation(path: string, name: string) {
    return (
      operations.find(({ path: other, method }) => other === path && method === name) ?? expect.fail(`${name} ${path}`)
    );
  }

  test('has the routes of the contracts and no other', () => {
    expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(ROUTE_ACCESS).sort());
  });

  test('is one resource of OpenAPI 3.0.1, however many routes it has', () => {
    expect(document.openapi).toBe('3.0.1');
    const types = Object.values<{ Type: string }>(templates.service.toJSON().Resources).map(({ Type }) => Type);
    expect(
      types.filter((type) => /^AWS::ApiGateway::(Method|Resource|Authorizer|GatewayResponse)$/.test(type)),
    ).toEqual([]);
  });

  // CloudFormation passes numbers and booleans of a document on as texts, which API Gateway may misread.
  test('has a document of texts alone', () => {
    const leaves = new Set<string>();
    JSON.stringify(document, (_, value) => {
      if (typeof value !== 'object') leaves.add(typeof value);
      return value;
    });
    expect([...leaves]).toEqual(['string']);
  });

  test('has HEAD for every GET, with the same function and authorization', () => {
    const getRoutes = routes.filter(({ method }) => method === 'GET');
    expect(operations.filter(({ method }) => method === 'HEAD')).toHaveLength(getRoutes.length);
    for (const { path, integration, security } of getRoutes)
      expect(findOperation(path, 'HEAD')).toMatchObject({ integration, security });
  });

  test.each(Object.keys(API_FUNCTIONS))('sends the routes of %s to the live alias of that function', (name) => {
    for (const route of Object.keys(Object(API_FUNCTIONS)[name].routes)) {
      const [method = '', path = ''] = route.split(' ');
      const { type, httpMethod, uri } = findOperation(path, method).integration;
      expect({ type, httpMethod }).toEqual({ type: 'aws_proxy', httpMethod: 'POST' });
      expect(JSON.stringify(uri)).toMatch(
        new RegExp(`/functions/\\$\\{${name}FunctionAliaslive[0-9A-F]{8}\\}/invocations`),
      );
    }
  });

  test('requires an access token on every route except the public ones', () => {
    for (const { method, path, security } of routes) {
      const isPublic = ROUTE_ACCESS[`${method} ${path}`] === 'public';
      expect({ path, security }).toEqual({
        path,
        security: isPublic ? undefined : [{ AccessToken: ['aws.cognito.signin.user.admin'] }],
      });
    }
    expect(document.security).toBeUndefined();
    expect(document.components.securitySchemes.AccessToken).toMatchObject({
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authtype': 'cognito_user_pools',
      'x-amazon-apigateway-authorizer': {
        type: 'cognito_user_pools',
        // Of patients and of staff.
        providerARNs: [expect.anything(), expect.anything()],
      },
    });
  });

  test.each(paths)('%s returns 405 to other methods, for any content type', (path) => {
    const { security, integration } = findOperation(path, 'ANY');
    const { statusCode, responseParameters, responseTemplates } = integration.responses.default;
    const allowedMethods = operations.filter((operation) => operation.path === path && operation.method !== 'ANY');
    expect(responseParameters['method.response.header.Allow']).toBe(
      `'${allowedMethods
        .map(({ method }) => method)
        .sort()
        .join(', ')}'`,
    );
    expect(security).toBeUndefined();
    expect(integration).toMatchObject({ type: 'mock', passthroughBehavior: 'never' });
    for (const template of Object.values(integration.requestTemplates)) {
      expect(JSON.parse(String(template))).toEqual({ statusCode: 405 });
    }
    expect(statusCode).toBe('405');
    expect(JSON.parse(responseTemplates['application/json'])).toMatchObject({
      status: 405,
      code: 'method_not_allowed',
    });
  });

  test.each(paths)('%s allows the origins of this stage', (path) => {
    const { integration, security } = findOperation(path, 'OPTIONS');
    const response = integration.responses.default;
    const readCorsHeader = (name: string) =>
      response.responseParameters[`method.response.header.Access-Control-Allow-${name}`];
    expect(security).toBeUndefined();
    expect(readCorsHeader('Headers')).toBe("'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match'");
    for (const { method } of routes.filter((route) => route.path === path)) {
      expect(readCorsHeader('Methods')).toContain(method);
    }
    const allowHeader = 'method.response.header.Allow';
    const anyMethodHeaders = findOperation(path, 'ANY').integration.responses.default.responseParameters;
    expect(response.responseParameters[allowHeader]).toBe(anyMethodHeaders[allowHeader]);
    expect(integration).toMatchObject({ type: 'mock', passthroughBehavior: 'never' });
    const allowedOrigins = `${readCorsHeader('Origin')} ${JSON.stringify(response.responseTemplates ?? {})}`;
    for (const origin of config.corsOrigins) expect(allowedOrigins).toContain(origin);
  });

  // API Gateway sends only the headers that an operation declares, and cannot parse a value with a quote inside.
  test('declares each header of its own responses, and quotes its value', () => {
    const mocks = operations.filter(({ integration }) => integration.type === 'mock');
    expect(mocks).toHaveLength(2 * paths.length);
    for (const { integration, responses } of mocks) {
      const { statusCode, responseParameters } = integration.responses.default;
      expect(Object.keys(responses)).toEqual([statusCode]);
      expect(Object.keys(responses[statusCode].headers).map((name) => `method.response.header.${name}`)).toEqual(
        Object.keys(responseParameters),
      );
      for (const value of Object.values(responseParameters)) expect(value).toMatch(/^'[^']+'$/);
    }
  });

  test('has gateway responses that are problem documents and allow any origin', () => {
    const responses = Object.entries(gatewayResponses);
    expect(responses.length).toBeGreaterThan(10);
    for (const [id, { statusCode, responseParameters, responseTemplates }] of responses) {
      const body = JSON.parse(responseTemplates['application/json'] ?? '');
      expect(Object.keys(body), id).toEqual(['type', 'title', 'status', 'code', 'detail', 'requestId']);
      expect(String(body.status), id).toBe(statusCode);
      expect(responseParameters, id).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers': expect.stringContaining('Retry-After'),
        'gatewayresponse.header.Cache-Control': "'no-store'",
        'gatewayresponse.header.Strict-Transport-Security': expect.stringContaining('max-age='),
        'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
      });
      // API Gateway cannot parse a value with a quote inside.
      for (const value of Object.values(responseParameters)) expect(value, id).toMatch(/^'[^']+'$/);
      expect('gatewayresponse.header.WWW-Authenticate' in responseParameters, id).toBe(statusCode === '401');
      const mayRetry = statusCode === '429' || statusCode === '503';
      expect('gatewayresponse.header.Retry-After' in responseParameters, id).toBe(mayRetry);
    }
  });

  test.each([
    ['UNAUTHORIZED', 401, 'unauthorized'],
    ['MISSING_AUTHENTICATION_TOKEN', 404, 'not_found'],
    ['REQUEST_TOO_LARGE', 413, 'payload_too_large'],
    ['THROTTLED', 429, 'rate_limited'],
    ['INTEGRATION_TIMEOUT', 503, 'unavailable'],
    ['DEFAULT_5XX', 500, 'internal'],
  ])('the gateway response %s has status %s and code %s', (type, status, code) => {
    const response = gatewayResponses[type] ?? expect.fail(`There is no gateway response ${type}.`);
    expect(response.statusCode).toBe(String(status));
    expect(JSON.parse(response.responseTemplates['application/json'] ?? '')).toMatchObject({ code });
  });

  test('has one permission for each function', () => {
    const permissions = findResources('AWS::Lambda::Permission', templates.service);
    expect(permissions).toHaveLength(Object.keys(API_FUNCTIONS).length);
  });

  test('has a traced stage named v1', () => {
    templates.service.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: 'v1', TracingEnabled: true });
  });

  test('traces the share of requests of the stage, and not the first one of each second as well', () => {
    templates.service.resourceCountIs('AWS::XRay::SamplingRule', 1);
    templates.service.hasResourceProperties('AWS::XRay::SamplingRule', {
      SamplingRule: { ServiceType: 'AWS::ApiGateway::Stage', ReservoirSize: 0, FixedRate: config.apiTraceRate },
    });
  });

  const [apiStage] = findResources('AWS::ApiGateway::Stage', templates.service);

  test('has the throttling limits of the stage, and lower limits for expensive routes', () => {
    const { rate, burst, expensive } = config.throttling;
    const settings = new Map<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }>(
      apiStage?.MethodSettings.map((setting: { ResourcePath: string; HttpMethod: string }) => [
        `${setting.HttpMethod} ${setting.ResourcePath.replaceAll('~1', '/').replace('//', '/')}`,
        setting,
      ]),
    );
    expect(settings.get('* /*')).toMatchObject({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
    for (const [route, setting] of settings) {
      const logging = { LoggingLevel: 'ERROR', DataTraceEnabled: false, MetricsEnabled: false };
      expect(setting, route).toMatchObject(logging);
    }
    settings.delete('* /*');
    expect(settings.size).toBeGreaterThan(0);
    for (const [route, setting] of settings) {
      expect(Object.keys(ROUTE_ACCESS), route).toContain(route);
      expect(setting).toMatchObject({ ThrottlingRateLimit: expensive.rate, ThrottlingBurstLimit: expensive.burst });
    }
  });

  test('logs each request as one line of JSON, without its caller or its content', () => {
    const line: Record<string, string> = JSON.parse(apiStage?.AccessLogSetting.Format);
    expect(Object.keys(line)).toEqual(
      expect.arrayContaining(['requestId', 'method', 'route', 'status', 'milliseconds']),
    );
    expect(line.route).toBe('$context.resourcePath');
    expect(Object.values(line).join(' ')).not.toMatch(
      /identity|authorizer\.|claims|context\.path|requestOverride|message/i,
    );
  });

  test('has encrypted logs with a retention period, including the execution log', () => {
    const groups = findResources('AWS::Logs::LogGroup', templates.service);
    const executionLog = groups.find(({ LogGroupName }) =>
      JSON.stringify(LogGroupName ?? '').includes('API-Gateway-Execution-Logs_'),
    );
    expect(apiStage?.resource.DependsOn).toContain(executionLog?.id);
    for (const { id, KmsKeyId, RetentionInDays } of groups) {
      expect(KmsKeyId, id).toBeDefined();
      expect(RetentionInDays, id).toBe(config.logRetention);
    }
  });

  test('requires TLS 1.2 or later and compresses responses', () => {
    templates.service.hasResourceProperties('AWS::ApiGateway::RestApi', {
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
      MinimumCompressionSize: 1024,
      // Each import of the document replaces the API, with these settings.
      Mode: 'overwrite',
      Parameters: { endpointConfigurationTypes: 'REGIONAL' },
      Body: {
        'x-amazon-apigateway-security-policy': 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
        'x-amazon-apigateway-endpoint-access-mode': 'STRICT',
      },
    });
  });
});

describe('an API with a custom domain', () => {
  const apiDomain = { name: 'api.medbook.example', zone: { id: 'Z0123456789ABC', name: 'medbook.example' } };
  const { service } = synthesizeConfig({ ...getStageConfig('staging'), apiDomain }).templates;

  test('is reachable only at that domain, with TLS 1.2 or later', () => {
    service.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: apiDomain.name,
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
    });
    service.hasResourceProperties('AWS::Route53::RecordSet', { Name: `${apiDomain.name}.`, Type: 'A' });
    service.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
    service.hasOutput('ApiUrl', { Value: 'https://api.medbook.example/' });
  });
});
