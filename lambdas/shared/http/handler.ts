import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import type { Access, RouteAccess } from '../access.ts';
import { Refused } from '../refusal.ts';
import { bodyOf, headerOf } from './body.ts';
import { type Caller, callerOf } from './caller.ts';
import { unlessKnown } from './etag.ts';
import type { LimitMiddleware } from './rate-limit.ts';
import type { Reply } from './reply.ts';
import { respond } from './respond.ts';
import type { RawRequest, Route } from './route.ts';

interface HttpFunction<Table extends RouteAccess, Deps> {
  readonly access: Table;
  readonly routes: { readonly [key in keyof Table]: Route<Deps> };
  readonly deps: Deps;
  readonly corsOrigins: string;
  /** @default - everybody asks as often as they like */
  readonly limit?: LimitMiddleware;
}

/**
 * A function behind a REST API: finds the route by API Gateway's own method and resource, checks who calls, and runs it.
 * What it throws becomes a problem; it answers always.
 */
export function httpHandler<Table extends RouteAccess, Deps>({
  access,
  routes,
  deps,
  corsOrigins,
  limit,
}: HttpFunction<Table, Deps>) {
  const routeByKey = new Map<string, Route<Deps>>(Object.entries(routes));
  const accessByKey = new Map<string, Access>(Object.entries(access));

  async function answer(event: APIGatewayProxyEvent): Promise<Reply> {
    const reads = event.httpMethod === 'GET' || event.httpMethod === 'HEAD';
    // HEAD is GET to the end: API Gateway itself leaves out the body, and the headers must be those that it had.
    const key = `${reads ? 'GET' : event.httpMethod} ${event.resource}`;
    const route = routeByKey.get(key);
    const permitted = accessByKey.get(key);
    if (!route || !permitted) throw new Refused('not_found', 'There is nothing at this path.');
    const caller = permit(event, permitted);
    const reply = await route.run(deps, requestOf(event, route.body !== undefined), {
      caller,
      requestId: event.requestContext.requestId,
    });
    return reads ? unlessKnown(reply, headerOf(event, 'if-none-match')) : reply;
  }

  return middy<APIGatewayProxyEvent, Reply | APIGatewayProxyResult, Error, LambdaContext>()
    .use([respond(corsOrigins), ...(limit ? [limit] : [])])
    .handler(answer);
}

const ANYBODY: Caller = { sub: '', username: '', groups: [] };

function permit(event: APIGatewayProxyEvent, access: Access): Caller {
  if (access === 'public') return ANYBODY;
  const caller = callerOf(event.requestContext.authorizer?.claims);
  if (access !== 'signed-in' && !access.some((group) => caller.groups.includes(group))) {
    throw new Refused('forbidden', `This is for: ${access.join(', ')}.`);
  }
  return caller;
}

/** The headers that routes may ask for. */
const HEADERS = ['idempotency-key', 'if-match', 'if-none-match'];

function requestOf(event: APIGatewayProxyEvent, takesBody: boolean): RawRequest {
  const query = Object.entries(event.multiValueQueryStringParameters ?? {}).map(([name, values]) => [
    name,
    values?.length === 1 ? values[0] : values,
  ]);
  return {
    path: event.pathParameters ?? {},
    query: Object.fromEntries(query),
    headers: Object.fromEntries(HEADERS.map((name) => [name, headerOf(event, name)])),
    body: takesBody ? bodyOf(event) : undefined,
  };
}
