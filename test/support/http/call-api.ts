import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

/** The parts of a request besides method and path. `body` is sent as JSON; `text` is sent unchanged, for invalid JSON. */
export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface TestHttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body if the content type is JSON, else the text. */
  readonly body: unknown;
}

const agent = new Agent({ keepAlive: true });

/**
 * Calls the API of the running local system. Does not use `fetch`, which would correct paths and headers that are malformed on purpose.
 * `route` is the method and the path: `GET /clinics`.
 */
export function callApi(
  route: string,
  options: RequestOptions = {},
  apiUrl = inject('system').state.apiUrl,
): Promise<TestHttpResponse> {
  const separator = route.indexOf(' ');
  const { hostname, port } = new URL(apiUrl);
  const content = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers = {
    ...(content === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content) }),
    ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const target = { agent, hostname, port, method: route.slice(0, separator), path: route.slice(separator + 1) };
    const outgoing = request({ ...target, headers }, (message) => {
      const isJson = /^application\/(problem\+)?json/.test(message.headers['content-type'] ?? '');
      // A response to HEAD and a 304 can have a content type but no body.
      const parsedBody = text(message).then((content): unknown =>
        isJson && content !== '' ? JSON.parse(content) : content,
      );
      parsedBody.then((body) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body }), reject);
    });
    outgoing.once('error', reject).end(content);
  });
}
