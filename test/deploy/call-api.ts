import type { Aws } from './aws-clients.ts';
import { PROD } from './check-context.ts';
import { readOutput } from './stack.ts';

/** Returns the URL of prod's API. Its own host exists only in AWS; an emulator serves the API below a path. */
export async function findApiUrl(aws: Aws): Promise<string> {
  const url = new URL(await readOutput(aws, PROD.service, 'ApiUrl'));
  const [apiId] = url.hostname.split('.');
  const stage = url.pathname.split('/')[1];
  return `${process.env.AWS_ENDPOINT_URL}/_aws/execute-api/${apiId}/${stage}`;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
}

/** Calls a route of the API, `METHOD /path`. Sends the body as JSON, and parses a response that is JSON. */
async function callApi(api: string, route: string, { token, body }: RequestOptions = {}) {
  const [method = '', path = ''] = route.split(' ');
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.includes('json');
  const content: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, body: content };
}

/**
 * Calls a route of the API and returns the body of the response, which is not validated.
 * @throws if the response has another status; the message contains the response.
 */
export async function expectStatus(
  api: string,
  route: string,
  status: number,
  options: RequestOptions = {},
): Promise<unknown> {
  const response = await callApi(api, route, options);
  if (response.status === status) return response.body;
  throw new Error(`${route} returned ${response.status} instead of ${status}: ${JSON.stringify(response.body)}`);
}
