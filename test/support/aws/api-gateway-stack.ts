import { createFunctionResource } from './synthesized-app.ts';

/** The bundle behind most routes. It performs the action in the query (`act`), or returns its event if there is none. */
export const ACTOR_FUNCTION_CODE = `
import { connect } from 'node:net';
let invocations = 0;
export const handler = async (event, context) => {
  invocations++;
  const { act, ms, text } = event.queryStringParameters ?? event;
  const json = (value) => ({ statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
  switch (act) {
    case 'wait': console.log('waiting'); await new Promise((done) => setTimeout(done, Number(ms))); return json({ pid: process.pid });
    case 'spin': for (;;) ;
    case 'crash': console.log('last words'); process.exit(3);
    case 'throw': throw new TypeError('no such thing');
    case 'throw-text': throw 'only text';
    case 'nothing': return undefined;
    case 'circular': { const loop = {}; loop.loop = loop; return loop; }
    case 'answer': return JSON.parse(text);
    case 'connect': return new Promise((done) => connect(event.port, '127.0.0.1', function () { this.write('.', () => done(json({}))); }));
    case 'environment': return json(process.env);
    case 'context': return json({ ...context, left: context.getRemainingTimeInMillis(), invocations, pid: process.pid });
    case 'say': console.log('out\\nmore'); console.error('err'); return json({});
    default: return json(event);
  }
};`;

export const SCOPE = 'aws.cognito.signin.user.admin';

/** Creates the template of a stack with one REST API, in the form that lib/ synthesizes. */
export function createApiStack() {
  const resources: Record<string, { Type: string; Properties: Record<string, unknown> }> = {
    Actor: createFunctionResource('actor', {
      Timeout: 2,
      MemorySize: 256,
      Environment: { Variables: { POOL_ID: { 'Fn::ImportValue': 'Identity:Pool' } } },
    }),
    Unloadable: createFunctionResource('unloadable'),
    Unused: createFunctionResource('actor', { Environment: { Variables: { QUEUE: { Ref: 'Nowhere' } } } }),
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Name: 'Api', BinaryMediaTypes: ['image/*'], Body: createApiDocument() },
    },
    Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' } },
  };
  return { Resources: resources };
}

function createApiDocument() {
  const publicOperation = { 'x-amazon-apigateway-integration': lambdaIntegration('Actor') };
  const withAuthorizer = (...scopes: string[]) => ({ ...publicOperation, security: [{ Token: scopes }] });
  return {
    openapi: '3.0.1',
    info: { title: 'Api', version: '1' },
    paths: {
      '/': { get: publicOperation },
      '/things': {
        get: publicOperation,
        post: withAuthorizer('another/scope', SCOPE),
        delete: withAuthorizer(),
        options: { 'x-amazon-apigateway-integration': PREFLIGHT_INTEGRATION },
        'x-amazon-apigateway-any-method': methodNotAllowed('GET, POST, DELETE, OPTIONS'),
      },
      '/things/{thingId}': { get: publicOperation },
      '/things/{thingId}/part': { get: publicOperation },
      '/things/special': { patch: publicOperation, 'x-amazon-apigateway-any-method': methodNotAllowed('PATCH') },
      '/files/{file+}': { 'x-amazon-apigateway-any-method': publicOperation },
      '/slow': { get: { 'x-amazon-apigateway-integration': { ...lambdaIntegration('Actor'), timeoutInMillis: 150 } } },
      '/dead': { get: { 'x-amazon-apigateway-integration': lambdaIntegration('Unloadable') } },
    },
    components: {
      securitySchemes: {
        Token: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'cognito_user_pools',
          'x-amazon-apigateway-authorizer': {
            type: 'cognito_user_pools',
            providerARNs: [{ 'Fn::ImportValue': 'Identity:PoolArn' }],
          },
        },
      },
    },
    'x-amazon-apigateway-gateway-responses': {
      MISSING_AUTHENTICATION_TOKEN: gatewayResponse(404, 'not_found'),
      UNAUTHORIZED: gatewayResponse(401, 'unauthorized'),
      INTEGRATION_TIMEOUT: gatewayResponse(undefined, 'too_slow'),
      DEFAULT_5XX: gatewayResponse(undefined, 'internal'),
    },
  };
}

export const IDENTITY_STACK = {
  Resources: { Pool: { Type: 'AWS::Cognito::UserPool' } },
  Outputs: {
    Pool: { Value: { Ref: 'Pool' }, Export: { Name: 'Identity:Pool' } },
    Arn: { Value: { 'Fn::GetAtt': ['Pool', 'Arn'] }, Export: { Name: 'Identity:PoolArn' } },
  },
};

function lambdaIntegration(id: string) {
  const arn = { 'Fn::GetAtt': [id, 'Arn'] };
  const parts = [
    'arn:aws:apigateway:',
    { Ref: 'AWS::Region' },
    ':lambda:path/2015-03-31/functions/',
    arn,
    '/invocations',
  ];
  return { type: 'aws_proxy', httpMethod: 'POST', uri: { 'Fn::Join': ['', parts] } };
}

function gatewayResponse(statusCode: number | undefined, code: string) {
  const body = `{"code":"${code}","detail":$context.error.messageString,"requestId":"$context.requestId"}`;
  return {
    ...(statusCode ? { statusCode } : {}),
    responseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
    responseTemplates: { 'application/problem+json': body },
  };
}

function methodNotAllowed(allow: string) {
  return {
    'x-amazon-apigateway-integration': {
      type: 'mock',
      passthroughBehavior: 'never',
      requestTemplates: { 'application/json': '{"statusCode": 405}' },
      responses: {
        default: {
          statusCode: '405',
          responseParameters: {
            'method.response.header.Allow': `'${allow}'`,
            'method.response.header.Content-Type': "'application/problem+json'",
          },
          responseTemplates: { 'application/json': '{"status":405,"requestId":"$context.requestId"}' },
        },
      },
    },
  };
}

/** A preflight integration for two origins, as lib/constructs/api creates it. */
const PREFLIGHT_INTEGRATION = {
  type: 'mock',
  requestTemplates: { 'application/json': '{ statusCode: 200 }' },
  responses: {
    default: {
      statusCode: '204',
      responseParameters: {
        'method.response.header.Access-Control-Allow-Origin': "'https://a.example'",
        'method.response.header.Access-Control-Allow-Headers': "'Authorization'",
      },
      responseTemplates: {
        'application/json': [
          '#set($origin = $input.params().header.get("Origin"))',
          '#if($origin == "")#set($origin = $input.params().header.get("origin"))#end',
          '#if($origin == "https://b.example")#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end',
        ].join('\n'),
      },
    },
  },
};
