import type { IncomingHttpHeaders } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A request to the API, as the gateway processes it. */
export interface ApiRequest {
  readonly method: string;
  /** The path as sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The context for the function's event and for `$context` in templates. */
  readonly context: RequestContext;
  readonly resource: string;
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** API Gateway's context of a request; values that are unknown or do not exist locally are null. */
export type RequestContext = APIGatewayProxyEvent['requestContext'];

/** The response to send. Header names are unique, ignoring case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  readonly body: string | Buffer;
}

/** Produces the response of a method after authorization. @throws GatewayError */
export type Integration = (request: ApiRequest) => HttpResponse | Promise<HttpResponse>;
