import type { Aws } from './aws.ts';
import { outputOf } from './stack.ts';
import { PROD } from './trial.ts';

/** Where prod's API answers: the emulators serve it below a path of their own, because its host exists in AWS only. */
export async function openApi(aws: Aws): Promise<string> {
  const url = new URL(await outputOf(aws, PROD.service, 'ApiUrl'));
  const [apiId] = url.hostname.split('.');
  const stage = url.pathname.split('/')[1];
  return `${process.env.AWS_ENDPOINT_URL}/_aws/execute-api/${apiId}/${stage}`;
}

export interface Sent {
  readonly token?: string | undefined;
  readonly body?: unknown;
}

/** Calls a route of the API, `METHOD /path`. The body is JSON in both directions. */
export async function call(api: string, route: string, { token, body }: Sent = {}) {
  const [method = '', path = ''] = route.split(' ');
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('Content-Type')?.includes('json');
  const content: unknown = isJson ? JSON.parse(text) : text;
  return { status: answer.status, body: content };
}

/** Calls a route that must answer with this status. Answers the body, unread. @throws with what it answered instead. */
export async function expectAnswer(api: string, route: string, status: number, sent: Sent = {}): Promise<unknown> {
  const answer = await call(api, route, sent);
  if (answer.status === status) return answer.body;
  throw new Error(`${route} answered ${answer.status} and not ${status}: ${JSON.stringify(answer.body)}`);
}
