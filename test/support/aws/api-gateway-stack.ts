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

/** Creates the template of a stack with one REST API, in the form that the CDK synthesizes. */
export function createApiStack() {
  const resources: Record<string, { Type: string; Properties: Record<string, unknown> }> = {
    Actor: createFunctionResource('actor', {
      Timeout: 2,
      MemorySize: 256,
      Environment: { Variables: { POOL_ID: { 'Fn::ImportValue': 'Identity:Pool' } } },
    }),
    Unloadable: createFunctionResource('unloadable'),
    Unused: createFunctionResource('actor', { Environment: { Variables: { QUEUE: { Ref: 'Nowhere' } } } }),
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'Api', BinaryMediaTypes: ['image/*'] } },
    Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' } },
    Authorizer: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: { Ref: 'Api' },
        Type: 'COGNITO_USER_POOLS',
        IdentitySource: 'method.request.header.Authorization',
        ProviderARNs: [{ 'Fn::ImportValue': 'Identity:PoolArn' }],
      },
    },
    NotFound: gatewayResponse('MISSING_AUTHENTICATION_TOKEN', '404', 'not_found'),
    Unauthorized: gatewayResponse('UNAUTHORIZED', '401', 'unauthorized'),
    Timeout: gatewayResponse('INTEGRATION_TIMEOUT', undefined, 'too_slow'),
    Fault: gatewayResponse('DEFAULT_5XX', undefined, 'internal'),
  };
  const root = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };
  const addResource = (id: string, parent: unknown, part: string) => {
    resources[id] = {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: { Ref: 'Api' }, ParentId: parent, PathPart: part },
    };
    return { Ref: id };
  };
  const addMethod = (resourceId: unknown, verb: string, properties: object) => {
    resources[`Method${Object.keys(resources).length}`] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: { RestApiId: { Ref: 'Api' }, ResourceId: resourceId, HttpMethod: verb, ...properties },
    };
  };
  const publicMethod = { AuthorizationType: 'NONE', Integration: lambdaIntegration('Actor') };
  const withAuthorizer = (...scopes: string[]) => ({
    AuthorizationType: 'COGNITO_USER_POOLS',
    AuthorizerId: { Ref: 'Authorizer' },
    ...(scopes.length > 0 ? { AuthorizationScopes: scopes } : {}),
    Integration: lambdaIntegration('Actor'),
  });

  const things = addResource('Things', root, 'things');
  const thing = addResource('Thing', things, '{thingId}');
  const special = addResource('Special', things, 'special');
  const files = addResource('Files', addResource('FilesRoot', root, 'files'), '{file+}');
  addMethod(root, 'GET', publicMethod);
  addMethod(things, 'GET', publicMethod);
  addMethod(things, 'POST', withAuthorizer('another/scope', SCOPE));
  addMethod(things, 'DELETE', withAuthorizer());
  addMethod(things, 'OPTIONS', { AuthorizationType: 'NONE', Integration: PREFLIGHT_INTEGRATION });
  addMethod(things, 'ANY', {
    AuthorizationType: 'NONE',
    Integration: methodNotAllowedIntegration('GET, POST, DELETE, OPTIONS'),
  });
  addMethod(thing, 'GET', publicMethod);
  addMethod(addResource('Part', thing, 'part'), 'GET', publicMethod);
  addMethod(special, 'PATCH', publicMethod);
  addMethod(special, 'ANY', { AuthorizationType: 'NONE', Integration: methodNotAllowedIntegration('PATCH') });
  addMethod(files, 'ANY', publicMethod);
  addMethod(addResource('Slow', root, 'slow'), 'GET', {
    ...publicMethod,
    Integration: { ...lambdaIntegration('Actor'), TimeoutInMillis: 150 },
  });
  addMethod(addResource('Dead', root, 'dead'), 'GET', {
    ...publicMethod,
    Integration: lambdaIntegration('Unloadable'),
  });
  return { Resources: resources };
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
  return { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: { 'Fn::Join': ['', parts] } };
}

function gatewayResponse(type: string, status: string | undefined, code: string) {
  const body = `{"code":"${code}","detail":$context.error.messageString,"requestId":"$context.requestId"}`;
  return {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResponseType: type,
      ...(status ? { StatusCode: status } : {}),
      ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
      ResponseTemplates: { 'application/problem+json': body },
    },
  };
}

function methodNotAllowedIntegration(allow: string) {
  return {
    Type: 'MOCK',
    PassthroughBehavior: 'NEVER',
    RequestTemplates: { 'application/json': '{"statusCode": 405}' },
    IntegrationResponses: [
      {
        StatusCode: '405',
        ResponseParameters: {
          'method.response.header.Allow': `'${allow}'`,
          'method.response.header.Content-Type': "'application/problem+json'",
        },
        ResponseTemplates: { 'application/json': '{"status":405,"requestId":"$context.requestId"}' },
      },
    ],
  };
}

/** The preflight integration that the CDK synthesizes for two origins. */
const PREFLIGHT_INTEGRATION = {
  Type: 'MOCK',
  RequestTemplates: { 'application/json': '{ statusCode: 200 }' },
  IntegrationResponses: [
    {
      StatusCode: '204',
      ResponseParameters: {
        'method.response.header.Access-Control-Allow-Origin': "'https://a.example'",
        'method.response.header.Access-Control-Allow-Headers': "'Authorization'",
      },
      ResponseTemplates: {
        'application/json': [
          '#set($origin = $input.params().header.get("Origin"))',
          '#if($origin == "")',
          '  #set($origin = $input.params().header.get("origin"))',
          '#end',
          '#if($origin == "https://b.example")',
          '  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)',
          '#end',
        ].join('\n'),
      },
    },
  ],
};
