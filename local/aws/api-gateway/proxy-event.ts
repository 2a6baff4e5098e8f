import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ApiRequest } from './integration.ts';

/** Options that are the same for all events of an API. */
export interface ProxyEventOptions {
  readonly stageVariables: Readonly<Record<string, string>> | null;
  /** Whether bodies of this media type are passed to the function in base64. */
  readonly isBinary: (mediaType: string | undefined) => boolean;
}

/** Returns the event that API Gateway passes to the function of a Lambda proxy integration (payload format 1.0). */
export function createProxyEvent(
  request: ApiRequest,
  { stageVariables, isBinary }: ProxyEventOptions,
): APIGatewayProxyEvent {
  const { context, body } = request;
  const headers = groupByKey(listHeaders(request));
  const query = groupByKey(
    [...new URLSearchParams(request.query)].map(([name, value]) => ({ key: name, name, value })),
  );
  const isBase64Encoded = body.length > 0 && isBinary(request.headers['content-type']);
  return {
    resource: request.resource,
    path: request.path,
    httpMethod: request.method,
    headers: toLastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.length > 0 ? toLastValues(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    pathParameters: request.pathParameters.size > 0 ? Object.fromEntries(request.pathParameters) : null,
    stageVariables,
    requestContext: context,
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

interface NamedValue {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** Returns the headers in their original case, and those that API Gateway adds about the request's origin. */
function listHeaders({ rawHeaders, headers, context }: ApiRequest): NamedValue[] {
  const pairs: NamedValue[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const key = name.toLowerCase();
    if (!REPLACED_HEADERS.has(key)) pairs.push({ key, name, value: rawHeaders[index + 1] ?? '' });
  }
  const { sourceIp } = context.identity;
  const forwarded = headers['x-forwarded-for'];
  const traceRoot = context.requestId.replaceAll('-', '');
  const gatewayHeaders = {
    'X-Amzn-Trace-Id': `Root=1-${traceRoot.slice(0, 8)}-${traceRoot.slice(8)}`,
    'X-Forwarded-For': forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    'X-Forwarded-Port': /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80',
    'X-Forwarded-Proto': 'http',
  };
  for (const [name, value] of Object.entries(gatewayHeaders)) pairs.push({ key: name.toLowerCase(), name, value });
  return pairs;
}

const REPLACED_HEADERS = new Set(['x-amzn-trace-id', 'x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto']);

/** Groups values by key, under the first spelling of the name. Uses a map, because clients may send any name. */
function groupByKey(pairs: readonly NamedValue[]): [string, string[]][] {
  const groups = new Map<string, [string, string[]]>();
  for (const { key, name, value } of pairs) {
    const group = groups.get(key);
    if (group) group[1].push(value);
    else groups.set(key, [name, [value]]);
  }
  return [...groups.values()];
}

function toLastValues(groups: readonly [string, string[]][]): Record<string, string> {
  return Object.fromEntries(groups.map(([name, values]) => [name, values.at(-1) ?? '']));
}
