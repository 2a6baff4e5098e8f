import { once } from 'node:events';
import type { Readable } from 'node:stream';

// https://www.postgresql.org/docs/17/protocol-message-formats.html
const TLS_CODE = 80877103;
const VERSION_3 = 196608;
const MAX_MESSAGE_BYTES = 100_000;

export const TLS_REQUEST = toInt32Bytes(8, TLS_CODE);
export const TLS_ACCEPTED = 'S';
/** The end of a response after which no transaction is open. */
export const READY_FOR_QUERY = 'Z\0\0\0\x05I';
/** Asks the client for its password, as it is: over TLS only. */
export const PASSWORD_REQUEST = Buffer.concat([Buffer.from('R'), toInt32Bytes(8, 3)]);

/** The parameters that a client opens its session with: `user`, `database`, and others. */
export type Startup = Readonly<Record<string, string>>;

/** What a client says first: it asks for TLS, or opens its session. */
export async function readStartup(client: Readable): Promise<'tls' | Startup> {
  const body = await readBody(client);
  const code = body.readInt32BE(0);
  if (code === TLS_CODE) return 'tls';
  if (code !== VERSION_3) throw new Error(`The client opens with the unknown code ${code}.`);
  const texts = body.subarray(4).toString().split('\0');
  const pairs: [string, string][] = [];
  for (let i = 0; texts[i]; i += 2) pairs.push([texts[i] ?? '', texts[i + 1] ?? '']);
  return Object.fromEntries(pairs);
}

export async function readPassword(client: Readable): Promise<string> {
  const kind = (await read(client, 1)).toString();
  if (kind !== 'p') throw new Error(`The client was asked for its password and sends a message "${kind}".`);
  return (await readBody(client)).subarray(0, -1).toString();
}

/** One byte: whether the server takes TLS. */
export const readTlsResponse = async (server: Readable) => (await read(server, 1)).toString() === TLS_ACCEPTED;

export function startupMessage(startup: Startup): Buffer {
  const body = Buffer.from(`${Object.entries(startup).flat().join('\0')}\0\0`);
  return Buffer.concat([toInt32Bytes(body.length + 8, VERSION_3), body]);
}

/** The last that a client hears: `code` is one of PostgreSQL's error codes. */
export function fatalMessage(code: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  return Buffer.concat([Buffer.from('E'), toInt32Bytes(body.length + 4), body]);
}

/** What follows the length that counts itself. */
async function readBody(stream: Readable): Promise<Buffer> {
  const length = (await read(stream, 4)).readInt32BE(0);
  if (length < 8 || length > MAX_MESSAGE_BYTES) throw new Error(`The client announces a message of ${length} bytes.`);
  return read(stream, length - 4);
}

async function read(stream: Readable, length: number): Promise<Buffer> {
  const closed = new AbortController();
  const close = () => closed.abort();
  stream.once('close', close);
  try {
    for (;;) {
      const bytes: Buffer | null = stream.read(length);
      if (bytes?.length === length) return bytes;
      if (bytes || stream.readableEnded || stream.destroyed) throw new Error('The other side hung up.');
      await once(stream, 'readable', { signal: closed.signal });
    }
  } finally {
    stream.off('close', close);
  }
}

function toInt32Bytes(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, 4 * i);
  return bytes;
}
