import type { IncomingHttpHeaders } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** One request on its way through the gateway. */
export interface Exchange {
  readonly method: string;
  /** As it was sent: still percent-encoded, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Both what the function is told and what `$context` means in a template. */
  readonly context: Context;
  readonly resource: string;
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** API Gateway's context of a request; what is not known yet, or does not exist here, is null. */
export type Context = APIGatewayProxyEvent['requestContext'];

/** What is sent back. Header names are unique but for case. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  readonly body: string | Buffer;
}

/** What makes the answer of a method, once the caller may use it. @throws GatewayFault */
export type Integration = (exchange: Exchange) => Answer | Promise<Answer>;
