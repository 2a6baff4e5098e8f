import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';

/** A server on loopback, and how it is spoken to: Redis in TLS, PostgreSQL in TLS once asked for it, HTTP in plain. */
export interface ProxyTarget {
  readonly protocol: 'postgres' | 'redis' | 'http';
  readonly port: number;
}

/** A moment in the exchange of a request, which is known by words that it has on the wire. */
export interface ProtocolPoint {
  readonly requestContains: string;
  /**
   * `asked`: the client has sent it, and the server does not get it. `sent`: it is on its way to the server, who may or may not do it.
   * `answered`: the server has done it and said so, and the client does not hear of it.
   */
  readonly moment: 'before-request' | 'after-request' | 'before-response';
}

/** A way to a server on which what passes can be read, also what is said in TLS. */
export interface ProtocolProxy {
  readonly port: number;
  /** Calls back when that moment comes for the first time, and from then on lets nothing pass on its connection. */
  interceptAt(point: ProtocolPoint, onReached: () => void): void;
  /** Waits until the server has done with all its clients: what they had asked for when they were lost is done now, or never will be. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

interface Interception extends ProtocolPoint {
  readonly onReached: () => void;
}

/**
 * Listens on loopback and passes everything on, to a server whose certificate this process trusts, with one of its own. One request
 * at a time on a connection, as functions make them: whatever the server says next is the answer.
 */
export async function startProtocolProxy(target: ProxyTarget, certificate: LocalCertificate): Promise<ProtocolProxy> {
  let interception: Interception | undefined;
  const clients = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  const server = net.createServer(async (socket) => {
    track(clients, socket);
    try {
      const client = track(clients, await acceptClient(target, socket, certificate));
      connect(client, track(upstreams, await openUpstream(target)));
    } catch {
      // The client has gone already, or the server is away and the client sees that it is.
      socket.destroy();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');

  return {
    port: address.port,
    interceptAt: (point, onReached) => {
      interception = { ...point, onReached };
    },
    drained: async () => {
      const closing = [...upstreams].map((upstream) => new Promise((done) => upstream.once('close', done)));
      await Promise.all(closing);
    },
    stop: async () => {
      for (const socket of [...clients, ...upstreams]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };

  function connect(client: net.Socket, upstream: net.Socket): void {
    let requestText = '';
    let responseText = '';
    let isBlocked = false;
    const matches = (moment: ProtocolPoint['moment']) =>
      interception?.moment === moment && requestText.includes(interception.requestContains);
    const intercept = () => {
      isBlocked = true;
      const onReached = interception?.onReached;
      interception = undefined;
      onReached?.();
    };
    // With a farewell, and not at once: what was passed on must arrive.
    if (client.destroyed) return void upstream.end();
    client
      .on('data', (bytes) => {
        if (isBlocked) return;
        requestText += bytes.toString('latin1');
        if (matches('before-request')) return intercept();
        upstream.write(bytes);
        if (matches('after-request')) intercept();
      })
      .on('close', () => upstream.end());
    upstream
      .on('data', (bytes) => {
        if (isBlocked) return;
        responseText += bytes.toString('latin1');
        const isComplete = isCompleteResponse(target, responseText);
        if (isComplete && matches('before-response')) return intercept();
        if (!matches('before-response')) client.write(bytes);
        if (isComplete) requestText = responseText = '';
      })
      .on('close', () => client.destroy());
  }
}

function track(sockets: Set<net.Socket>, socket: net.Socket): net.Socket {
  sockets.add(socket);
  // Broken sockets are the purpose.
  return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
}

/** PostgreSQL commits at the end of its answer, and may have sent the beginning of a long one before. The others answer when it is done. */
const isCompleteResponse = ({ protocol }: ProxyTarget, responseText: string) =>
  protocol !== 'postgres' || responseText.endsWith(READY_FOR_QUERY);

// https://www.postgresql.org/docs/17/protocol-message-formats.html
const READY_FOR_QUERY = 'Z\0\0\0\x05I';
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

async function acceptClient({ protocol }: ProxyTarget, socket: net.Socket, { cert, key }: LocalCertificate) {
  if (protocol === 'http') return socket;
  if (protocol === 'postgres') {
    const [request] = await once(socket, 'data');
    if (!SSL_REQUEST.equals(request)) throw new Error('The client did not ask for TLS.');
    socket.write('S');
  }
  return new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext({ cert, key }) });
}

async function openUpstream({ protocol, port }: ProxyTarget): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  if (protocol === 'http') return socket;
  if (protocol === 'postgres') {
    socket.write(SSL_REQUEST);
    await once(socket, 'data');
  }
  const secured = tls.connect({ socket, servername: 'localhost' });
  await once(secured, 'secureConnect');
  return secured;
}
