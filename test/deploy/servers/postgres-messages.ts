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
/** Requests the password in clear text, so it may be sent over TLS only. */
export const PASSWORD_REQUEST = Buffer.concat([Buffer.from('R'), toInt32Bytes(8, 3)]);

/** The parameters with which a client opens its session: `user`, `database` and others. */
export type Startup = Readonly<Record<string, string>>;

/** Reads the first message of a client, which requests TLS or opens the session. */
export async function readStartup(client: Readable): Promise<'tls' | Startup> {
  const body = await readBody(client);
  const code = body.readInt32BE(0);
  if (code === TLS_CODE) return 'tls';
  if (code !== VERSION_3) throw new Error(`The first message of the client has the unknown code ${code}.`);
  const texts = body.subarray(4).toString().split('\0');
  const pairs: [string, string][] = [];
  for (let i = 0; texts[i]; i += 2) pairs.push([texts[i] ?? '', texts[i + 1] ?? '']);
  return Object.fromEntries(pairs);
}

export async function readPassword(client: Readable): Promise<string> {
  const kind = (await read(client, 1)).toString();
  if (kind !== 'p') throw new Error(`The client sent a message of the type "${kind}" instead of its password.`);
  return (await readBody(client)).subarray(0, -1).toString();
}

/** Reads the one byte of the response to a TLS request. Returns true if the server accepts TLS. */
export const readTlsResponse = async (server: Readable) => (await read(server, 1)).toString() === TLS_ACCEPTED;

export function createStartupMessage(startup: Startup): Buffer {
  const body = Buffer.from(`${Object.entries(startup).flat().join('\0')}\0\0`);
  return Buffer.concat([toInt32Bytes(body.length + 8, VERSION_3), body]);
}

/** Creates the error message that ends a session. `code` is an error code of PostgreSQL. */
export function createFatalMessage(code: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  return Buffer.concat([Buffer.from('E'), toInt32Bytes(body.length + 4), body]);
}

/** Reads the length of a message, which includes its own four bytes, and returns the rest of the message. */
async function readBody(stream: Readable): Promise<Buffer> {
  const length = (await read(stream, 4)).readInt32BE(0);
  if (length < 8 || length > MAX_MESSAGE_BYTES)
    throw new Error(`The client announced a message of ${length} bytes, which is too short or too long.`);
  return read(stream, length - 4);
}

async function read(stream: Readable, length: number): Promise<Buffer> {
  const closed = new AbortController();
  const abort = () => closed.abort();
  stream.once('close', abort);
  try {
    for (;;) {
      const bytes: Buffer | null = stream.read(length);
      if (bytes?.length === length) return bytes;
      if (bytes || stream.readableEnded || stream.destroyed) throw new Error('The connection was closed.');
      await once(stream, 'readable', { signal: closed.signal });
    }
  } finally {
    stream.off('close', abort);
  }
}

function toInt32Bytes(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, 4 * i);
  return bytes;
}
