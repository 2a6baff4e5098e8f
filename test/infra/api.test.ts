import { API_FUNCTIONS, ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

const ROUTE_ACCESS: Record<string, string | readonly string[]> = Object.fromEntries(
  ROUTES.map(({ key, access }) => [key, access]),
);

describe.each(STAGES)('the API of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const methods = findResources('AWS::ApiGateway::Method', templates.service).map((method) => ({
    ...method,
    path: buildPath(method.ResourceId),
  }));
  const routes = methods.filter(({ HttpMethod }) => !['ANY', 'OPTIONS', 'HEAD'].includes(HttpMethod));
  const paths = [...new Set(methods.map(({ path }) => path))];

  /** Returns the full path of a resource of the API. */
  function buildPath(reference: { Ref: string }): string {
    const resource = findResources('AWS::ApiGateway::Resource', templates.service).find(
      ({ id }) => id === reference.Ref,
    );
    return resource ? `${buildPath(resource.ParentId)}/${resource.PathPart}` : '';
  }

  /** Returns a method of a path. Fails the test if the path has no such method. */
  function findMethod(path: string, name: string) {
    return (
      methods.find((method) => method.path === path && method.HttpMethod === name) ?? expect.fail(`${name} ${path}`)
    );
  }

  test('has the routes of the contracts and no other', () => {
    expect(routes.map(({ HttpMethod, path }) => `${HttpMethod} ${path}`).sort()).toEqual(
      Object.keys(ROUTE_ACCESS).sort(),
    );
  });

  test('has HEAD for every GET, with the same function and authorization', () => {
    const getRoutes = routes.filter(({ HttpMethod }) => HttpMethod === 'GET');
    expect(methods.filter(({ HttpMethod }) => HttpMethod === 'HEAD')).toHaveLength(getRoutes.length);
    for (const { path, AuthorizationType, AuthorizationScopes, Integration } of getRoutes) {
      expect(findMethod(path, 'HEAD')).toMatchObject({ AuthorizationType, Integration });
      expect(findMethod(path, 'HEAD').AuthorizationScopes, path).toEqual(AuthorizationScopes);
    }
  });

  test('stays below the CloudFormation limits of 500 resources and a template of 1 MB', () => {
    const template = templates.service.toJSON();
    expect(Object.keys(template.Resources).length).toBeLessThan(450);
    expect(JSON.stringify(template, undefined, 1).length).toBeLessThan(900_000);
  });

  test.each(Object.keys(API_FUNCTIONS))('sends the routes of %s to the live alias of that function', (name) => {
    for (const route of Object.keys(Object(API_FUNCTIONS)[name].routes)) {
      const [method = '', path = ''] = route.split(' ');
      const { Type, Uri } = findMethod(path, method).Integration;
      expect(Type).toBe('AWS_PROXY');
      expect(JSON.stringify(Uri)).toMatch(new RegExp(`"${name}FunctionAliaslive[0-9A-F]{8}"`));
    }
  });

  test('requires an access token on every route except the public ones', () => {
    for (const { HttpMethod, path, AuthorizationType, AuthorizerId, AuthorizationScopes } of routes) {
      const isPublic = ROUTE_ACCESS[`${HttpMethod} ${path}`] === 'public';
      expect({ path, AuthorizationType, AuthorizationScopes }).toEqual({
        path,
        AuthorizationType: isPublic ? 'NONE' : 'COGNITO_USER_POOLS',
        AuthorizationScopes: isPublic ? undefined : ['aws.cognito.signin.user.admin'],
      });
      expect(AuthorizerId === undefined, path).toBe(isPublic);
    }
  });

  test.each(paths)('%s returns 405 to other methods, for any content type', (path) => {
    const { AuthorizationType, Integration } = findMethod(path, 'ANY');
    const [response] = Integration.IntegrationResponses;
    const allowedMethods = methods.filter((method) => method.path === path && method.HttpMethod !== 'ANY');
    expect(response.ResponseParameters['method.response.header.Allow']).toBe(
      `'${allowedMethods
        .map(({ HttpMethod }) => HttpMethod)
        .sort()
        .join(', ')}'`,
    );
    expect(AuthorizationType).toBe('NONE');
    expect(Integration).toMatchObject({ Type: 'MOCK', PassthroughBehavior: 'NEVER' });
    for (const template of Object.values(Integration.RequestTemplates)) {
      expect(JSON.parse(String(template))).toEqual({ statusCode: 405 });
    }
    expect(JSON.parse(response.ResponseTemplates['application/json'])).toMatchObject({
      status: 405,
      code: 'method_not_allowed',
    });
  });

  test.each(paths)('%s allows the origins of this stage', (path) => {
    const { Integration, AuthorizationType, MethodResponses } = findMethod(path, 'OPTIONS');
    const [response] = Integration.IntegrationResponses;
    const readCorsHeader = (name: string) =>
      response.ResponseParameters[`method.response.header.Access-Control-Allow-${name}`];
    expect(AuthorizationType).toBe('NONE');
    expect(readCorsHeader('Headers')).toBe("'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match'");
    for (const { HttpMethod } of routes.filter((route) => route.path === path)) {
      expect(readCorsHeader('Methods')).toContain(HttpMethod);
    }
    const allowHeader = 'method.response.header.Allow';
    const anyMethodHeaders = findMethod(path, 'ANY').Integration.IntegrationResponses[0].ResponseParameters;
    expect(response.ResponseParameters[allowHeader]).toBe(anyMethodHeaders[allowHeader]);
    // API Gateway sends only the headers that the method declares.
    expect(Object.keys(MethodResponses[0].ResponseParameters)).toEqual(
      expect.arrayContaining(Object.keys(response.ResponseParameters)),
    );
    expect(Integration.PassthroughBehavior).toBe('NEVER');
    const allowedOrigins = `${readCorsHeader('Origin')} ${JSON.stringify(response.ResponseTemplates ?? {})}`;
    for (const origin of config.corsOrigins) expect(allowedOrigins).toContain(origin);
  });

  test('has gateway responses that are problem documents and allow any origin', () => {
    const responses = findResources('AWS::ApiGateway::GatewayResponse', templates.service);
    for (const { id, StatusCode, ResponseParameters, ResponseTemplates } of responses) {
      const body = JSON.parse(ResponseTemplates['application/json']);
      expect(Object.keys(body), id).toEqual(['type', 'title', 'status', 'code', 'detail', 'requestId']);
      expect(String(body.status), id).toBe(StatusCode);
      expect(ResponseParameters, id).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers': expect.stringContaining('Retry-After'),
        'gatewayresponse.header.Cache-Control': "'no-store'",
        'gatewayresponse.header.Strict-Transport-Security': expect.stringContaining('max-age='),
        'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
      });
      // API Gateway cannot parse a value with a quote inside.
      for (const value of Object.values(ResponseParameters)) expect(value, id).toMatch(/^'[^']+'$/);
      expect('gatewayresponse.header.WWW-Authenticate' in ResponseParameters, id).toBe(StatusCode === '401');
      const mayRetry = StatusCode === '429' || StatusCode === '503';
      expect('gatewayresponse.header.Retry-After' in ResponseParameters, id).toBe(mayRetry);
    }
  });

  test.each([
    ['UNAUTHORIZED', '401', 'unauthorized'],
    ['MISSING_AUTHENTICATION_TOKEN', '404', 'not_found'],
    ['REQUEST_TOO_LARGE', '413', 'payload_too_large'],
    ['THROTTLED', '429', 'rate_limited'],
    ['INTEGRATION_TIMEOUT', '503', 'unavailable'],
    ['DEFAULT_5XX', '500', 'internal'],
  ])('the gateway response %s has status %s and code %s', (type, status, code) => {
    templates.service.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: type,
      StatusCode: status,
    });
    const responses = findResources('AWS::ApiGateway::GatewayResponse', templates.service);
    const response = responses.find(({ ResponseType }) => ResponseType === type);
    expect(JSON.parse(response?.ResponseTemplates['application/json'])).toMatchObject({ code });
  });

  test('has one permission for each function', () => {
    const permissions = findResources('AWS::Lambda::Permission', templates.service);
    expect(permissions).toHaveLength(Object.keys(API_FUNCTIONS).length);
  });

  test('has a traced stage named v1', () => {
    templates.service.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: 'v1', TracingEnabled: true });
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
      const logging = { LoggingLevel: 'ERROR', DataTraceEnabled: false, MetricsEnabled: true };
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
