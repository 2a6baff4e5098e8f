import type { Aws } from './aws-clients.ts';
import { PROD } from './check-context.ts';
import { readOutput } from './stack.ts';

/** Where prod's API answers: the emulators serve it below a path of their own, because its host exists in AWS only. */
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

/** Calls a route of the API, `METHOD /path`. The body is JSON in both directions. */
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

/** Calls a route that must answer with this status. Answers the body, unread. @throws with what it answered instead. */
export async function expectStatus(
  api: string,
  route: string,
  status: number,
  sent: RequestOptions = {},
): Promise<unknown> {
  const response = await callApi(api, route, sent);
  if (response.status === status) return response.body;
  throw new Error(`${route} answered ${response.status} and not ${status}: ${JSON.stringify(response.body)}`);
}
