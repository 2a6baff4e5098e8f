import * as z from 'zod';
import type { Deployment } from '../templates/deployment.ts';
import type { Resource } from '../templates/templates.ts';
import { gatewayResponseSchema } from './gateway-responses.ts';
import { mockIntegrationSchema } from './mock-integration.ts';
import type { Route } from './route-matcher.ts';

/** A method as defined in the template. */
export interface MethodDefinition {
  /** For messages: `GET /clinics`. */
  readonly label: string;
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

const apiPartSchema = z.object({ RestApiId: z.string() });
const apiSchema = z.object({ BinaryMediaTypes: z.array(z.string()).default([]) });
const stageSchema = apiPartSchema.extend({
  StageName: z.string(),
  Variables: z.record(z.string(), z.string()).optional(),
});
const resourceSchema = apiPartSchema.extend({ ParentId: z.string(), PathPart: z.string() });
const authorizerSchema = z.object({
  Type: z.literal('COGNITO_USER_POOLS'),
  ProviderARNs: z.array(z.string()),
  AuthorizerResultTtlInSeconds: z.number().default(300),
});
const methodSchema = apiPartSchema.extend({
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.enum(['NONE', 'COGNITO_USER_POOLS']).default('NONE'),
  AuthorizerId: z.string().optional(),
  AuthorizationScopes: z.array(z.string()).default([]),
  ApiKeyRequired: z.literal(false).default(false),
});
const lambdaIntegrationSchema = z.object({
  Type: z.literal('AWS_PROXY'),
  Uri: z.string(),
  TimeoutInMillis: z.number().default(29_000),
});
const integrationSchema = z.discriminatedUnion('Type', [mockIntegrationSchema, lambdaIntegrationSchema]);

/**
 * Reads the REST API from the templates.
 *
 * @throws when there is not exactly one, or it uses an unsupported feature
 */
export function readRestApi({ templates, read, resolve }: Deployment): RestApi {
  const apis = templates.getResources('AWS::ApiGateway::RestApi');
  const [api] = apis;
  if (!api || apis.length > 1)
    throw new Error(`The templates have ${apis.length} REST APIs, but the local gateway serves exactly one.`);
  const id = String(resolve({ Ref: api.logicalId }, api.stack));
  const readApiParts = <S extends typeof apiPartSchema>(type: string, schema: S) =>
    templates
      .getResources(`AWS::ApiGateway::${type}`)
      .map((resource) => ({ resource, properties: read(resource, schema) }))
      .filter(({ properties }) => properties.RestApiId === id);
  const [stage] = readApiParts('Stage', stageSchema);
  if (!stage) throw new Error(`The API ${id} has no stage.`);

  const resourceParts = new Map(
    readApiParts('Resource', resourceSchema).map((one) => [one.resource.logicalId, one.properties]),
  );
  const getPath = (resourceId: string): string => {
    const part = resourceParts.get(resourceId);
    return part ? `${getPath(part.ParentId).replace(/\/$/, '')}/${part.PathPart}` : '/';
  };
  const methods = readApiParts('Method', methodSchema).map(({ resource, properties }) => {
    const label = `${properties.HttpMethod} ${getPath(properties.ResourceId)}`;
    return { ...properties, definition: toMethodDefinition(resource, properties, label) };
  });
  const routes = [...Map.groupBy(methods, ({ ResourceId }) => ResourceId)].map(([resourceId, group]) => ({
    resourceId,
    resource: getPath(resourceId),
    methods: new Map(group.map(({ HttpMethod, definition }) => [HttpMethod, definition])),
  }));

  return {
    id,
    routes,
    stage: stage.properties.StageName,
    stageVariables: stage.properties.Variables ?? null,
    binaryMediaTypes: read(api, apiSchema).BinaryMediaTypes,
    authorizers: new Map(
      templates.getResources('AWS::ApiGateway::Authorizer').map((one) => [one.logicalId, toAuthorizer(one)]),
    ),
    gatewayResponses: readApiParts('GatewayResponse', gatewayResponseSchema).map(({ properties }) => properties),
  };

  function toMethodDefinition(
    resource: Resource,
    method: z.output<typeof methodSchema>,
    label: string,
  ): MethodDefinition {
    const { AuthorizationType, AuthorizerId, AuthorizationScopes } = method;
    const isPublic = AuthorizationType === 'NONE';
    if (!isPublic && AuthorizerId === undefined) throw new Error(`${label} has no authorizer.`);
    const isMock = z.object({ Type: z.literal('MOCK') }).safeParse(resource.properties.Integration).success;
    return {
      label,
      authorizer:
        isPublic || AuthorizerId === undefined ? undefined : { id: AuthorizerId, scopes: AuthorizationScopes },
      integration: read(
        resource,
        isMock ? mockIntegrationSchema : lambdaIntegrationSchema,
        resource.properties.Integration,
      ),
    };
  }

  function toAuthorizer(resource: Resource) {
    const { ProviderARNs, AuthorizerResultTtlInSeconds } = read(resource, authorizerSchema);
    return {
      userPoolIds: ProviderARNs.map((arn) => arn.replace(/^.*:userpool\//, '')),
      ttlSeconds: AuthorizerResultTtlInSeconds,
    };
  }
}
