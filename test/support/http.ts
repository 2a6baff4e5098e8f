import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

/** What is sent beside method and path. `body` goes out as JSON; `text` as it is, for bodies that are none. */
export interface Sent {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed when the answer says that it is JSON, else the text. */
  readonly body: unknown;
}

const agent = new Agent({ keepAlive: true });

/**
 * Calls the API of the running local system. Not `fetch`, which would put paths and headers right that a test means to be wrong.
 * `route` is the method and the path: `GET /clinics`.
 */
export function call(route: string, sent: Sent = {}, apiUrl = inject('system').state.apiUrl): Promise<HttpAnswer> {
  const gap = route.indexOf(' ');
  const { hostname, port } = new URL(apiUrl);
  const content = sent.text ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const headers = {
    ...(content === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content) }),
    ...(sent.token === undefined ? {} : { Authorization: `Bearer ${sent.token}` }),
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const target = { agent, hostname, port, method: route.slice(0, gap), path: route.slice(gap + 1) };
    const outgoing = request({ ...target, headers }, (incoming) => {
      const isJson = /^application\/(problem\+)?json/.test(incoming.headers['content-type'] ?? '');
      // An answer to HEAD, and a 304, say what they would be and have no body.
      const reading = text(incoming).then((read): unknown => (isJson && read !== '' ? JSON.parse(read) : read));
      reading.then((body) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }), reject);
    });
    outgoing.once('error', reject).end(content);
  });
}
