import * as z from 'zod';
import type { Deployment } from '../templates/deployment.ts';
import { gatewayResponsesSchema } from './gateway-responses.ts';
import { mockIntegrationSchema } from './mock-integration.ts';
import type { Route } from './route-matcher.ts';

/** An operation as defined in the API's document. */
export interface OperationDefinition {
  /** For messages: `GET /clinics`. */
  readonly label: string;
  readonly authorizer: { readonly name: string; readonly scopes: readonly string[] } | undefined;
  readonly integration: z.output<typeof integrationSchema>;
}

/** The REST API of the templates. */
export interface RestApi {
  readonly id: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly binaryMediaTypes: readonly string[];
  readonly routes: readonly Route<OperationDefinition>[];
  readonly authorizers: ReadonlyMap<string, { readonly userPoolIds: readonly string[]; readonly ttlSeconds: number }>;
  readonly gatewayResponses: z.output<typeof gatewayResponsesSchema>;
}

/** API Gateway's name for all methods that a path does not define. */
const ANY_METHOD = 'x-amazon-apigateway-any-method';

const stageSchema = z.object({
  RestApiId: z.string(),
  StageName: z.string(),
  Variables: z.record(z.string(), z.string()).optional(),
});
const lambdaIntegrationSchema = z.object({
  type: z.literal('aws_proxy'),
  uri: z.string(),
  timeoutInMillis: z.number().default(29_000),
});
const integrationSchema = z.discriminatedUnion('type', [mockIntegrationSchema, lambdaIntegrationSchema]);
const operationSchema = z.object({
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
  'x-amazon-apigateway-integration': integrationSchema,
});
const securitySchemeSchema = z.object({
  type: z.literal('apiKey'),
  name: z.literal('Authorization'),
  in: z.literal('header'),
  'x-amazon-apigateway-authtype': z.literal('cognito_user_pools'),
  'x-amazon-apigateway-authorizer': z.object({
    type: z.literal('cognito_user_pools'),
    providerARNs: z.array(z.string()),
    authorizerResultTtlInSeconds: z.number().default(300),
  }),
});
const VERBS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', ANY_METHOD] as const;
const apiSchema = z.object({
  BinaryMediaTypes: z.array(z.string()).default([]),
  Body: z.object({
    openapi: z.literal('3.0.1'),
    paths: z.record(z.string(), z.partialRecord(z.enum(VERBS), operationSchema)),
    components: z.object({ securitySchemes: z.record(z.string(), securitySchemeSchema).default({}) }),
    'x-amazon-apigateway-gateway-responses': gatewayResponsesSchema.default({}),
  }),
});

/**
 * Reads the REST API from the templates: the OpenAPI document in the `Body` of the one `AWS::ApiGateway::RestApi`.
 *
 * @throws when there is not exactly one, or it uses an unsupported feature
 */
export function readRestApi({ templates, read, resolve }: Deployment): RestApi {
  const apis = templates.getResources('AWS::ApiGateway::RestApi');
  const [api] = apis;
  if (!api || apis.length > 1)
    throw new Error(`The templates have ${apis.length} REST APIs, but the local gateway serves exactly one.`);
  const id = String(resolve({ Ref: api.logicalId }, api.stack));
  const stage = templates
    .getResources('AWS::ApiGateway::Stage')
    .map((resource) => read(resource, stageSchema))
    .find(({ RestApiId }) => RestApiId === id);
  if (!stage) throw new Error(`The API ${id} has no stage.`);
  const { BinaryMediaTypes, Body } = read(api, apiSchema);

  return {
    id,
    stage: stage.StageName,
    stageVariables: stage.Variables ?? null,
    binaryMediaTypes: BinaryMediaTypes,
    routes: Object.entries(Body.paths).map(([path, operations]) => ({
      resource: path,
      methods: new Map(
        Object.entries(operations).map(([name, operation]) => {
          const method = name === ANY_METHOD ? 'ANY' : name.toUpperCase();
          return [method, toOperationDefinition(`${method} ${path}`, operation)];
        }),
      ),
    })),
    authorizers: new Map(
      Object.entries(Body.components.securitySchemes).map(([name, scheme]) => [name, toAuthorizer(scheme)]),
    ),
    gatewayResponses: Body['x-amazon-apigateway-gateway-responses'],
  };
}

function toOperationDefinition(label: string, operation: z.output<typeof operationSchema>): OperationDefinition {
  const { security, 'x-amazon-apigateway-integration': integration } = operation;
  const [requirement, ...alternatives] = security.flatMap((one) => Object.entries(one));
  if (alternatives.length > 0) throw new Error(`${label} has several authorizers; API Gateway supports one.`);
  return { label, integration, authorizer: requirement && { name: requirement[0], scopes: requirement[1] } };
}

function toAuthorizer(scheme: z.output<typeof securitySchemeSchema>) {
  const { providerARNs, authorizerResultTtlInSeconds } = scheme['x-amazon-apigateway-authorizer'];
  return {
    userPoolIds: providerARNs.map((arn) => arn.replace(/^.*:userpool\//, '')),
    ttlSeconds: authorizerResultTtlInSeconds,
  };
}
