import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refused } from '../refusal.ts';

const MAX_BYTES = 64 * 1024;

/** The JSON body of a request, undefined if it has none. Refuses more than 64 KB, another content type, and what is no JSON. */
export function bodyOf(event: APIGatewayProxyEvent): unknown {
  if (!event.body) return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BYTES) {
    throw new Refused('payload_too_large', `A body may have ${MAX_BYTES} bytes at most.`);
  }
  const contentType = headerOf(event, 'content-type');
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(contentType ?? '')) {
    throw new Refused('unsupported_media_type', 'The body must be JSON, with Content-Type: application/json.');
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Refused('invalid_request', 'The body is not JSON.', {
      cause,
      faults: [{ path: 'body', message: 'expected JSON' }],
    });
  }
}

/** A header by its lower-case name, however it was written. */
export function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
