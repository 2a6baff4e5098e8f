import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Exchange } from './exchange.ts';

/** What is the same for every event of an API. */
export interface EventOptions {
  readonly stageVariables: Readonly<Record<string, string>> | null;
  /** Bodies of these media types reach the function in base64. */
  readonly isBinary: (mediaType: string | undefined) => boolean;
}

/** The event that API Gateway gives a function behind a Lambda proxy integration (payload format 1.0). */
export function proxyEvent(exchange: Exchange, { stageVariables, isBinary }: EventOptions): APIGatewayProxyEvent {
  const { context, body } = exchange;
  const headers = grouped(headerPairs(exchange));
  const query = grouped([...new URLSearchParams(exchange.query)].map(([name, value]) => ({ key: name, name, value })));
  const isBase64Encoded = body.length > 0 && isBinary(exchange.headers['content-type']);
  return {
    resource: exchange.resource,
    path: exchange.path,
    httpMethod: exchange.method,
    headers: lastOf(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.length > 0 ? lastOf(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    pathParameters: exchange.pathParameters.size > 0 ? Object.fromEntries(exchange.pathParameters) : null,
    stageVariables,
    requestContext: context,
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

interface Pair {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** The headers in the case they were sent, and those by which API Gateway tells where the request came from. */
function headerPairs({ rawHeaders, headers, context }: Exchange): Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const key = name.toLowerCase();
    if (!REPLACED.has(key)) pairs.push({ key, name, value: rawHeaders[at + 1] ?? '' });
  }
  const { sourceIp } = context.identity;
  const forwarded = headers['x-forwarded-for'];
  const root = context.requestId.replaceAll('-', '');
  const own = {
    'X-Amzn-Trace-Id': `Root=1-${root.slice(0, 8)}-${root.slice(8)}`,
    'X-Forwarded-For': forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    'X-Forwarded-Port': /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80',
    'X-Forwarded-Proto': 'http',
  };
  for (const [name, value] of Object.entries(own)) pairs.push({ key: name.toLowerCase(), name, value });
  return pairs;
}

const REPLACED = new Set(['x-amzn-trace-id', 'x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto']);

/** Values by name; names that differ only by key are one, in the first spelling. A client may send any name at all. */
function grouped(pairs: readonly Pair[]): [string, string[]][] {
  const groups = new Map<string, [string, string[]]>();
  for (const { key, name, value } of pairs) {
    const group = groups.get(key);
    if (group) group[1].push(value);
    else groups.set(key, [name, [value]]);
  }
  return [...groups.values()];
}

function lastOf(groups: readonly [string, string[]][]): Record<string, string> {
  return Object.fromEntries(groups.map(([name, values]) => [name, values.at(-1) ?? '']));
}
