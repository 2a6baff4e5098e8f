import { once } from 'node:events';
import type net from 'node:net';
import tls from 'node:tls';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import { READY_FOR_QUERY, TLS_ACCEPTED, TLS_REQUEST } from '../../deploy/servers/postgres-messages.ts';

/** `raw`: bytes only, TLS passes through. `postgres`: TLS after a request for it. `redis`: TLS at once. `http`: no TLS. */
export type Protocol = 'raw' | 'postgres' | 'redis' | 'http';

/** Returns the client's side of a connection in plain text. A protocol with TLS needs the certificate of the proxy. */
export async function acceptClient(
  protocol: Protocol,
  socket: net.Socket,
  { cert, key }: Partial<LocalCertificate> = {},
): Promise<net.Socket> {
  if (!usesTls(protocol)) return socket;
  if (protocol === 'postgres') {
    const [request] = await once(socket, 'data');
    if (!TLS_REQUEST.equals(request)) throw new Error('The client did not request TLS.');
    socket.write(TLS_ACCEPTED);
  }
  return new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext({ cert, key }) });
}

/** Returns the server's side of a connection in plain text, once it is open. This process must trust the server's certificate. */
export async function openUpstream(protocol: Protocol, socket: net.Socket): Promise<net.Socket> {
  await once(socket, 'connect');
  if (!usesTls(protocol)) return socket;
  if (protocol === 'postgres') {
    socket.write(TLS_REQUEST);
    await once(socket, 'data');
  }
  const secured = tls.connect({ socket, servername: 'localhost' });
  await once(secured, 'secureConnect');
  return secured;
}

/**
 * Returns whether the server has finished the request. PostgreSQL may send the beginning of a long response before it commits. The other
 * servers respond after the request is done.
 */
export const isCompleteResponse = (protocol: Protocol, responseText: string) =>
  protocol !== 'postgres' || responseText.endsWith(READY_FOR_QUERY);

export const usesTls = (protocol: Protocol) => protocol === 'postgres' || protocol === 'redis';
