import type { IncomingMessage } from 'node:http';
import { GatewayFault } from './gateway-fault.ts';

/** API Gateway's limit for a request's payload, in bytes. */
const LIMIT = 10 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * The whole body. One that is too large is still read to its end, without being kept: a client that is still sending
 * would otherwise see a broken connection in place of the 413.
 *
 * @throws GatewayFault when it is larger than API Gateway takes
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
    return EMPTY;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= LIMIT) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > LIMIT) throw new GatewayFault('tooLarge');
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
