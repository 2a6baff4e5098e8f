import * as z from 'zod';
import type { Deployment } from './deployment.ts';
import { gatewayResponseSchema } from './gateway-responses.ts';
import { mockSchema } from './mock-integration.ts';
import type { Route } from './route-table.ts';
import type { Resource } from './templates.ts';

/** A method as the template describes it. */
export interface MethodDefinition {
  /** For messages: `GET /clinics`. */
  readonly where: string;
  readonly authorizer: { readonly id: string; readonly scopes: readonly string[] } | undefined;
  readonly integration: z.output<typeof integrationSchema>;
}

/** The REST API of the templates. */
export interface RestApi {
  readonly id: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly binaryMediaTypes: readonly string[];
  readonly routes: readonly Route<MethodDefinition>[];
  readonly authorizers: ReadonlyMap<string, { readonly userPoolIds: readonly string[]; readonly ttlSeconds: number }>;
  readonly gatewayResponses: readonly z.output<typeof gatewayResponseSchema>[];
}

const ofApi = z.object({ RestApiId: z.string() });
const apiSchema = z.object({ BinaryMediaTypes: z.array(z.string()).default([]) });
const stageSchema = ofApi.extend({ StageName: z.string(), Variables: z.record(z.string(), z.string()).optional() });
const resourceSchema = ofApi.extend({ ParentId: z.string(), PathPart: z.string() });
const authorizerSchema = z.object({
  Type: z.literal('COGNITO_USER_POOLS'),
  ProviderARNs: z.array(z.string()),
  AuthorizerResultTtlInSeconds: z.number().default(300),
});
const methodSchema = ofApi.extend({
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.enum(['NONE', 'COGNITO_USER_POOLS']).default('NONE'),
  AuthorizerId: z.string().optional(),
  AuthorizationScopes: z.array(z.string()).default([]),
  ApiKeyRequired: z.literal(false).default(false),
});
const lambdaSchema = z.object({
  Type: z.literal('AWS_PROXY'),
  Uri: z.string(),
  TimeoutInMillis: z.number().default(29_000),
});
const integrationSchema = z.discriminatedUnion('Type', [mockSchema, lambdaSchema]);

/**
 * Reads the API.
 *
 * @throws when there is not exactly one, or it uses what the local gateway does not have
 */
export function readRestApi({ templates, read, resolve }: Deployment): RestApi {
  const apis = templates.resources('AWS::ApiGateway::RestApi');
  const [api] = apis;
  if (!api || apis.length > 1)
    throw new Error(`The templates have ${apis.length} REST APIs; the local gateway serves one.`);
  const id = String(resolve({ Ref: api.logicalId }, api.stack));
  const ours = <S extends typeof ofApi>(type: string, schema: S) =>
    templates
      .resources(`AWS::ApiGateway::${type}`)
      .map((resource) => ({ resource, properties: read(resource, schema) }))
      .filter(({ properties }) => properties.RestApiId === id);
  const [stage] = ours('Stage', stageSchema);
  if (!stage) throw new Error(`The API ${id} has no stage.`);

  const parts = new Map(ours('Resource', resourceSchema).map((one) => [one.resource.logicalId, one.properties]));
  const pathOf = (resourceId: string): string => {
    const part = parts.get(resourceId);
    return part ? `${pathOf(part.ParentId).replace(/\/$/, '')}/${part.PathPart}` : '/';
  };
  const methods = ours('Method', methodSchema).map(({ resource, properties }) => {
    const where = `${properties.HttpMethod} ${pathOf(properties.ResourceId)}`;
    return { ...properties, definition: methodOf(resource, properties, where) };
  });
  const routes = [...Map.groupBy(methods, ({ ResourceId }) => ResourceId)].map(([resourceId, group]) => ({
    resourceId,
    resource: pathOf(resourceId),
    methods: new Map(group.map(({ HttpMethod, definition }) => [HttpMethod, definition])),
  }));

  return {
    id,
    routes,
    stage: stage.properties.StageName,
    stageVariables: stage.properties.Variables ?? null,
    binaryMediaTypes: read(api, apiSchema).BinaryMediaTypes,
    authorizers: new Map(
      templates.resources('AWS::ApiGateway::Authorizer').map((one) => [one.logicalId, authorizerOf(one)]),
    ),
    gatewayResponses: ours('GatewayResponse', gatewayResponseSchema).map(({ properties }) => properties),
  };

  function methodOf(resource: Resource, method: z.output<typeof methodSchema>, where: string): MethodDefinition {
    const { AuthorizationType, AuthorizerId, AuthorizationScopes } = method;
    const open = AuthorizationType === 'NONE';
    if (!open && AuthorizerId === undefined) throw new Error(`${where} names no authorizer.`);
    const isMock = z.object({ Type: z.literal('MOCK') }).safeParse(resource.properties.Integration).success;
    return {
      where,
      authorizer: open || AuthorizerId === undefined ? undefined : { id: AuthorizerId, scopes: AuthorizationScopes },
      integration: read(resource, isMock ? mockSchema : lambdaSchema, resource.properties.Integration),
    };
  }

  function authorizerOf(resource: Resource) {
    const { ProviderARNs, AuthorizerResultTtlInSeconds } = read(resource, authorizerSchema);
    return {
      userPoolIds: ProviderARNs.map((arn) => arn.replace(/^.*:userpool\//, '')),
      ttlSeconds: AuthorizerResultTtlInSeconds,
    };
  }
}
