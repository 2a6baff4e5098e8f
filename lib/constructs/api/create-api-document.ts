import type { Operation, RouteTable } from '@medbook/contract/operation';
import { CfnElement, Fn, Stack } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { createGatewayResponses } from './create-gateway-responses.ts';
import { createMethodNotAllowed } from './create-method-not-allowed.ts';
import { createPreflight } from './create-preflight.ts';

/** A function behind the API, with its routes. */
export interface Audience {
  readonly routes: RouteTable;
  /** Of the stack that has the API. */
  readonly handler: Alias;
}

/** Options of `createApiDocument`. */
export interface ApiDocumentProps {
  /** Settings of the API that each import would otherwise reset. */
  readonly settings: Readonly<Record<`x-amazon-apigateway-${string}`, unknown>>;
  /** The user pools whose access tokens are accepted. */
  readonly userPools: readonly IUserPool[];
  readonly audiences: readonly Audience[];
  /** The web origins that may call the API, or `*` alone. */
  readonly corsOrigins: readonly string[];
}

/**
 * Creates the OpenAPI document from which API Gateway builds the API: for each route of the contract its function and who may call it.
 * Each GET route also has HEAD; each path responds to OPTIONS, and with 405 to all other methods. It has no schemas, because the functions
 * validate requests; people read the document that `GET /openapi.json` returns.
 *
 * The version is 3.0.1, because API Gateway does not import 3.1.
 */
export function createApiDocument({ settings, userPools, audiences, corsOrigins }: ApiDocumentProps) {
  const operationsByPath = new Map<string, Record<string, object>>();
  for (const { routes, handler } of audiences) {
    for (const [route, operation] of Object.entries<Operation>(routes)) {
      const [method = '', path = ''] = route.split(' ');
      const item = operationsByPath.get(path) ?? {};
      operationsByPath.set(path, item);
      for (const name of method === 'GET' ? ['get', 'head'] : [method.toLowerCase()])
        item[name] = describeOperation(operation, handler);
    }
  }
  return {
    openapi: '3.0.1',
    info: { title: 'MedBook', version: '1' },
    ...settings,
    paths: Object.fromEntries(
      [...operationsByPath].map(([path, operations]) => [path, addOtherMethods(operations, corsOrigins)]),
    ),
    components: { securitySchemes: { [AUTHORIZER]: describeAuthorizer(userPools) } },
    'x-amazon-apigateway-gateway-responses': createGatewayResponses(),
  };
}

const AUTHORIZER = 'AccessToken';

/** API Gateway accepts access tokens only if a scope is listed. Tokens of every sign-in have this one. */
const SCOPE = 'aws.cognito.signin.user.admin';

function describeOperation({ access }: Operation, handler: Alias) {
  return {
    ...(access === 'public' ? {} : { security: [{ [AUTHORIZER]: [SCOPE] }] }),
    responses: { default: { description: 'As the function returns it.' } },
    'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: getInvocationUri(handler) },
  };
}

/** Returns the address of a function, as one text instead of a list of parts: it occurs in every operation. */
function getInvocationUri(handler: Alias): string {
  const { defaultChild } = handler.node;
  if (!CfnElement.isCfnElement(defaultChild)) throw new Error(`${handler.node.path} has no resource.`);
  const alias = Stack.of(handler).getLogicalId(defaultChild);
  return Fn.sub(
    `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${alias}}/invocations`,
  );
}

function addOtherMethods(operations: Readonly<Record<string, object>>, corsOrigins: readonly string[]) {
  const methods = Object.keys(operations).map((name) => name.toUpperCase());
  const allowHeader = [...methods, 'OPTIONS'].sort().join(', ');
  return {
    ...operations,
    options: createPreflight({ origins: corsOrigins, methods, allowHeader }),
    'x-amazon-apigateway-any-method': createMethodNotAllowed(allowHeader),
  };
}

const describeAuthorizer = (userPools: readonly IUserPool[]) => ({
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'cognito_user_pools',
  'x-amazon-apigateway-authorizer': {
    type: 'cognito_user_pools',
    providerARNs: userPools.map(({ userPoolArn }) => userPoolArn),
  },
});
