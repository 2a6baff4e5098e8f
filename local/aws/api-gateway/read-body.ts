import type { IncomingMessage } from 'node:http';
import { GatewayError } from './gateway-error.ts';

/** API Gateway's limit for the request body, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const EMPTY_BODY = Buffer.alloc(0);

/**
 * Returns the whole body. Reads a body that is too large to its end and discards it, because a client that is still
 * sending would otherwise get a broken connection instead of the 413.
 *
 * @throws GatewayError when the body exceeds API Gateway's limit of 10 MiB
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
    return EMPTY_BODY;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > MAX_BODY_BYTES) throw new GatewayError('tooLarge');
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
