import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Authorizer, cognitoAuthorizer } from './authorizer.ts';
import { contextOf } from './context.ts';
import type { Deployment } from './deployment.ts';
import type { Answer, Exchange, Integration } from './exchange.ts';
import { GatewayFault } from './gateway-fault.ts';
import { gatewayResponses } from './gateway-responses.ts';
import { lambdaIntegration } from './lambda-integration.ts';
import type { LambdaPool } from './lambda-pool.ts';
import { listen, type RunningServer } from './listen.ts';
import type { Log } from './log.ts';
import { binaryMatcher } from './media-type.ts';
import { mockIntegration } from './mock-integration.ts';
import { readBody } from './request-body.ts';
import { requestTarget } from './request-target.ts';
import { type MethodDefinition, readRestApi } from './rest-api.ts';
import { routeTable } from './route-table.ts';

export interface ApiGatewayOptions {
  readonly deployment: Deployment;
  readonly lambdas: LambdaPool;
  /** 0: any free one. */
  readonly port: number;
  /** Where the user pools' keys are on this machine, in place of their address at AWS. */
  readonly jwksUrl: string;
  /** Told what the caller is not: why an answer is a 5xx. */
  readonly log: Log;
}

interface Method {
  readonly authorize: Authorizer | undefined;
  readonly scopes: readonly string[];
  readonly answer: Integration;
}

/**
 * Serves the REST API of the templates on 127.0.0.1, at the root of its address as under a domain of its own.
 *
 * @throws when the template uses what the local gateway lacks, a function cannot be run here, or the port is taken
 */
export async function startApiGateway(options: ApiGatewayOptions): Promise<RunningServer> {
  const { deployment, lambdas, jwksUrl, log } = options;
  const api = readRestApi(deployment);
  const identity = { accountId: deployment.accountId, apiId: api.id, stage: api.stage };
  const eventOptions = { stageVariables: api.stageVariables, isBinary: binaryMatcher(api.binaryMediaTypes) };
  const authorizers = new Map(
    [...api.authorizers].map(([id, authorizer]) => [id, cognitoAuthorizer({ ...authorizer, jwksUrl })]),
  );
  const answerFault = gatewayResponses(api.gatewayResponses);
  const find = routeTable(
    api.routes.map((route) => ({
      ...route,
      methods: new Map([...route.methods].map(([verb, definition]) => [verb, methodOf(definition)])),
    })),
  );
  return listen((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log('api-gateway', `${request.method} ${request.url} could not be answered: ${error}`);
      response.destroy();
    });
  }, options.port);

  function methodOf({ authorizer, integration, where }: MethodDefinition): Method {
    const answer =
      integration.Type === 'MOCK'
        ? mockIntegration(integration, where)
        : lambdaIntegration(lambdas.named(functionArn(integration.Uri)), eventOptions, integration.TimeoutInMillis);
    const authorize = authorizer && authorizers.get(authorizer.id);
    if (authorizer && !authorize)
      throw new Error(`${where} names the authorizer ${authorizer.id}, which does not exist.`);
    return { authorize, scopes: authorizer?.scopes ?? [], answer };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = requestTarget(request.url ?? '/');
    const context = contextOf(request, target.path, identity);
    let exchange: Exchange = {
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
      exchange = { ...exchange, body: await readBody(request) };
      const { route, parameters } = find(target.segments()) ?? {};
      const method = route?.methods.get(exchange.method) ?? route?.methods.get('ANY');
      if (!route || !method) throw new GatewayFault('noSuchRoute');
      context.resourceId = route.resourceId;
      context.resourcePath = route.resource;
      exchange = { ...exchange, resource: route.resource, pathParameters: parameters ?? new Map() };
      if (method.authorize)
        context.authorizer = { claims: await method.authorize(request.headers.authorization, method.scopes) };
      send(response, await method.answer(exchange), context.requestId);
    } catch (error) {
      // The caller hung up before the request was whole: nobody is left to answer.
      if (request.errored) return;
      const fault = error instanceof GatewayFault ? error : internalFault(error);
      if (fault.status >= 500) log('api-gateway', `${exchange.method} ${target.path}: ${fault.cause ?? fault.message}`);
      send(response, answerFault(fault, exchange), context.requestId);
    }
  }
}

function internalFault(error: unknown): GatewayFault {
  return new GatewayFault('internal', undefined, { cause: error instanceof Error ? error.stack : error });
}

function functionArn(uri: string): string {
  const arn = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (arn === undefined) throw new Error(`The integration ${uri} does not name a function.`);
  return arn;
}

function send(response: ServerResponse, { status, headers, body }: Answer, requestId: string): void {
  response.statusCode = status;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('x-amzn-RequestId', requestId);
  // To HEAD, Node leaves out the body, and would leave out its length with it.
  if (status !== 204 && status !== 304) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
