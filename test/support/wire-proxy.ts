import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { LocalCertificate } from '../../local/tls.ts';

/** A server on loopback, and how it is spoken to: Redis in TLS, PostgreSQL in TLS once asked for it, HTTP in plain. */
export interface WireTarget {
  readonly protocol: 'postgres' | 'redis' | 'http';
  readonly port: number;
}

/** A moment in the exchange of a request, which is known by words that it has on the wire. */
export interface WirePoint {
  readonly words: string;
  /**
   * `asked`: the client has sent it, and the server does not get it. `sent`: it is on its way to the server, who may or may not do it.
   * `answered`: the server has done it and said so, and the client does not hear of it.
   */
  readonly when: 'asked' | 'sent' | 'answered';
}

/** A way to a server on which what passes can be read, also what is said in TLS. */
export interface WireProxy {
  readonly port: number;
  /** Calls back when that moment comes for the first time, and from then on lets nothing pass on its connection. */
  watchFor(point: WirePoint, reached: () => void): void;
  /** Waits until the server has done with all its clients: what they had asked for when they were lost is done now, or never will be. */
  emptied(): Promise<void>;
  stop(): Promise<void>;
}

interface Watch extends WirePoint {
  readonly reached: () => void;
}

/**
 * Listens on loopback and passes everything on, to a server whose certificate this process trusts, with one of its own. One request
 * at a time on a connection, as functions make them: whatever the server says next is the answer.
 */
export async function wireProxy(target: WireTarget, certificate: LocalCertificate): Promise<WireProxy> {
  let watch: Watch | undefined;
  const clients = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  const server = net.createServer(async (socket) => {
    keep(clients, socket);
    try {
      const client = keep(clients, await secureClient(target, socket, certificate));
      connect(client, keep(upstreams, await openUpstream(target)));
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
    watchFor: (point, reached) => {
      watch = { ...point, reached };
    },
    emptied: async () => {
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
    let asked = '';
    let answer = '';
    let held = false;
    const isAt = (when: WirePoint['when']) => watch?.when === when && asked.includes(watch.words);
    const reach = () => {
      held = true;
      const reached = watch?.reached;
      watch = undefined;
      reached?.();
    };
    // With a farewell, and not at once: what was passed on must arrive.
    if (client.destroyed) return void upstream.end();
    client
      .on('data', (bytes) => {
        if (held) return;
        asked += bytes.toString('latin1');
        if (isAt('asked')) return reach();
        upstream.write(bytes);
        if (isAt('sent')) reach();
      })
      .on('close', () => upstream.end());
    upstream
      .on('data', (bytes) => {
        if (held) return;
        answer += bytes.toString('latin1');
        const whole = isWhole(target, answer);
        if (whole && isAt('answered')) return reach();
        if (!isAt('answered')) client.write(bytes);
        if (whole) asked = answer = '';
      })
      .on('close', () => client.destroy());
  }
}

function keep(sockets: Set<net.Socket>, socket: net.Socket): net.Socket {
  sockets.add(socket);
  // Broken sockets are the purpose.
  return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
}

/** PostgreSQL commits at the end of its answer, and may have sent the beginning of a long one before. The others answer when it is done. */
const isWhole = ({ protocol }: WireTarget, answer: string) =>
  protocol !== 'postgres' || answer.endsWith(READY_FOR_QUERY);

// https://www.postgresql.org/docs/17/protocol-message-formats.html
const READY_FOR_QUERY = 'Z\0\0\0\x05I';
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

async function secureClient({ protocol }: WireTarget, socket: net.Socket, { cert, key }: LocalCertificate) {
  if (protocol === 'http') return socket;
  if (protocol === 'postgres') {
    const [request] = await once(socket, 'data');
    if (!SSL_REQUEST.equals(request)) throw new Error('The client did not ask for TLS.');
    socket.write('S');
  }
  return new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext({ cert, key }) });
}

async function openUpstream({ protocol, port }: WireTarget): Promise<net.Socket> {
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
