import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, type RunningServer } from '../../http/listen.ts';
import type { LambdaPool } from '../lambda/lambda-pool.ts';
import type { Log } from '../log.ts';
import type { Deployment } from '../templates/deployment.ts';
import { type Authorizer, createCognitoAuthorizer } from './cognito-authorizer.ts';
import { GatewayError } from './gateway-error.ts';
import { createGatewayResponses } from './gateway-responses.ts';
import type { ApiRequest, HttpResponse, Integration } from './integration.ts';
import { createLambdaIntegration } from './lambda-integration.ts';
import { createBinaryMatcher } from './media-type.ts';
import { createMockIntegration } from './mock-integration.ts';
import { readBody } from './read-body.ts';
import { createRequestContext } from './request-context.ts';
import { parseRequestTarget } from './request-target.ts';
import { type OperationDefinition, readRestApi } from './rest-api.ts';
import { createRouteMatcher } from './route-matcher.ts';

/** Options of `startApiGateway`. */
export interface ApiGatewayOptions {
  readonly deployment: Deployment;
  readonly lambdas: LambdaPool;
  /** 0 means any free port. */
  readonly port: number;
  /** The local URL of the user pools' public keys, instead of their URL on AWS. */
  readonly jwksUrl: string;
  /** Receives the reason of each 5xx response, which the caller does not see. */
  readonly log: Log;
}

interface Method {
  readonly authorize: Authorizer | undefined;
  readonly scopes: readonly string[];
  readonly respond: Integration;
}

/**
 * Serves the REST API of the templates on 127.0.0.1. Its paths start at the root, without a stage, as with a custom domain.
 *
 * @throws when the template uses an unsupported feature, a function cannot be run locally, or the port is in use
 */
export async function startApiGateway(options: ApiGatewayOptions): Promise<RunningServer> {
  const { deployment, lambdas, jwksUrl, log } = options;
  const api = readRestApi(deployment);
  const identity = { accountId: deployment.accountId, apiId: api.id, stage: api.stage };
  const proxyEventOptions = { stageVariables: api.stageVariables, isBinary: createBinaryMatcher(api.binaryMediaTypes) };
  const authorizers = new Map(
    [...api.authorizers].map(([name, authorizer]) => [name, createCognitoAuthorizer({ ...authorizer, jwksUrl })]),
  );
  const toErrorResponse = createGatewayResponses(api.gatewayResponses);
  const findRoute = createRouteMatcher(
    api.routes.map((route) => ({
      ...route,
      methods: new Map([...route.methods].map(([verb, definition]) => [verb, toMethod(definition)])),
    })),
  );
  return listen((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log('api-gateway', `No response to ${request.method} ${request.url} could be sent: ${error}`);
      response.destroy();
    });
  }, options.port);

  function toMethod({ authorizer, integration, label }: OperationDefinition): Method {
    const respond =
      integration.type === 'mock'
        ? createMockIntegration(integration, label)
        : createLambdaIntegration(
            lambdas.get(parseFunctionArn(integration.uri)),
            proxyEventOptions,
            integration.timeoutInMillis,
          );
    const authorize = authorizer && authorizers.get(authorizer.name);
    if (authorizer && !authorize)
      throw new Error(`${label} uses the authorizer ${authorizer.name}, which does not exist.`);
    return { authorize, scopes: authorizer?.scopes ?? [], respond };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseRequestTarget(request.url ?? '/');
    const context = createRequestContext(request, target.path, identity);
    let apiRequest: ApiRequest = {
      method: request.method ?? '',
      path: target.path,
      query: target.query,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.alloc(0),
      context,
      resource: '',
      pathParameters: new Map(),
    };
    try {
      apiRequest = { ...apiRequest, body: await readBody(request) };
      const { route, parameters } = findRoute(target.segments()) ?? {};
      const method = route?.methods.get(apiRequest.method) ?? route?.methods.get('ANY');
      if (!route || !method) throw new GatewayError('noSuchRoute');
      context.resourcePath = route.resource;
      apiRequest = { ...apiRequest, resource: route.resource, pathParameters: parameters ?? new Map() };
      if (method.authorize)
        context.authorizer = { claims: await method.authorize(request.headers.authorization, method.scopes) };
      send(response, await method.respond(apiRequest), context.requestId);
    } catch (error) {
      // The caller disconnected before sending the whole request.
      if (request.errored) return;
      const gatewayError = error instanceof GatewayError ? error : toInternalError(error);
      if (gatewayError.status >= 500)
        log('api-gateway', `${apiRequest.method} ${target.path}: ${gatewayError.cause ?? gatewayError.message}`);
      send(response, toErrorResponse(gatewayError, apiRequest), context.requestId);
    }
  }
}

function toInternalError(error: unknown): GatewayError {
  return new GatewayError('internal', undefined, { cause: error instanceof Error ? error.stack : error });
}

function parseFunctionArn(uri: string): string {
  const arn = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (arn === undefined) throw new Error(`The integration ${uri} does not refer to a function.`);
  return arn;
}

function send(response: ServerResponse, { status, headers, body }: HttpResponse, requestId: string): void {
  response.statusCode = status;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('x-amzn-RequestId', requestId);
  // Node omits the body of a HEAD response, and would omit its length too.
  if (status !== 204 && status !== 304) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
