import { once } from 'node:events';
import net from 'node:net';
import type { LocalCertificate } from '../../../local/tls/local-certificate.ts';
import { acceptClient, isCompleteResponse, openUpstream, type Protocol, usesTls } from './protocols.ts';

/** A server on loopback, and the protocol in which its clients connect. */
export interface ProxyTarget {
  /** @default - none: new connections are reset until `forwardTo` or `stopResponding` */
  readonly port?: number;
  /** @default 'raw' */
  readonly protocol?: Protocol;
}

/** A moment in the exchange of a request and its response. */
export interface InterceptPoint {
  /**
   * `before-request`: the client has sent the request, and the server does not receive it. `after-request`: it is on its way to the
   * server, which may or may not process it. `before-response`: the server has sent its response, and the client does not receive it.
   */
  readonly moment: 'before-request' | 'after-request' | 'before-response';
  /** Text of the request on the wire; not for `raw`. @default - any request */
  readonly requestContains?: string;
}

/** A TCP proxy on loopback whose connections can be delayed, blocked and broken. */
export interface TcpProxy {
  readonly port: number;
  /** Forwards new connections to this port, each way with the delay. Closes the open connections. */
  forwardTo(port: number, options?: { readonly delayMilliseconds?: number }): void;
  /** Accepts new connections, but forwards nothing any more, neither on these nor on the open ones. */
  stopResponding(): void;
  /** Closes the open connections, and resets new ones. */
  closeConnections(): void;
  /**
   * When the point is reached for the first time, resets the client's connection, or blocks it in both directions, and calls `onReached`.
   * Replaces an interception that was not reached. @throws if the point has a text and the protocol is `raw`
   */
  interceptOnce(point: InterceptPoint, action: 'reset' | 'block', onReached?: () => void): void;
  /** Waits until the server has closed all connections, because then it processes no request any more. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

type Mode =
  | { readonly name: 'forward'; readonly port: number; readonly delayMilliseconds: number }
  | { readonly name: 'silent' }
  | { readonly name: 'closed' };

interface Interception extends InterceptPoint {
  readonly action: 'reset' | 'block';
  readonly onReached: (() => void) | undefined;
}

/**
 * Starts a proxy on a free port of loopback. Clients must send one request at a time: what the server sends next is the response.
 * `certificate` is the proxy's own, for protocols with TLS.
 */
export async function startTcpProxy(target: ProxyTarget, certificate?: LocalCertificate): Promise<TcpProxy> {
  const { protocol = 'raw', port: firstPort } = target;
  if (usesTls(protocol) && !certificate) throw new Error(`The protocol ${protocol} needs a certificate.`);
  let mode: Mode = firstPort ? { name: 'forward', port: firstPort, delayMilliseconds: 0 } : { name: 'closed' };
  let interception: Interception | undefined;
  const clients = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  const server = net.createServer(async (socket) => {
    track(clients, socket);
    if (mode.name === 'closed') return void socket.resetAndDestroy();
    if (mode.name === 'silent') return void socket.resume();
    const { port, delayMilliseconds } = mode;
    try {
      const client = track(clients, await acceptClient(protocol, socket, certificate));
      const upstreamSocket = track(upstreams, net.connect(port, '127.0.0.1'));
      const upstream = track(upstreams, await openUpstream(protocol, upstreamSocket));
      forward(client, upstream, delayMilliseconds, () => socket.resetAndDestroy());
    } catch {
      // The client has closed its connection, or the server cannot be reached: the client's connection is closed at once.
      socket.destroy();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');

  return {
    port: address.port,
    forwardTo: (port, { delayMilliseconds = 0 } = {}) => {
      mode = { name: 'forward', port, delayMilliseconds };
      destroySockets();
    },
    stopResponding: () => {
      mode = { name: 'silent' };
    },
    closeConnections: () => {
      mode = { name: 'closed' };
      destroySockets();
    },
    interceptOnce: (point, action, onReached) => {
      if (protocol === 'raw' && point.requestContains !== undefined)
        throw new Error('A raw proxy cannot read the text of requests.');
      interception = { ...point, action, onReached };
    },
    drained: async () => {
      await Promise.all([...upstreams].map((upstream) => new Promise((done) => upstream.once('close', done))));
    },
    stop: async () => {
      destroySockets();
      server.close();
      await once(server, 'close');
    },
  };

  function forward(client: net.Socket, upstream: net.Socket, delayMilliseconds: number, reset: () => void): void {
    let requestText = '';
    let responseText = '';
    let isBlocked = false;
    const matches = (moment: InterceptPoint['moment']) =>
      interception?.moment === moment && requestText.includes(interception.requestContains ?? '');
    const intercept = () => {
      const reached = interception;
      interception = undefined;
      isBlocked = true;
      if (reached?.action === 'reset') reset();
      reached?.onReached?.();
    };
    const send = (to: net.Socket, bytes: Buffer) => delay(delayMilliseconds, () => to.writable && to.write(bytes));
    // Ended, not destroyed: the server must receive what was forwarded.
    if (client.destroyed) return void upstream.end();
    client
      .on('data', (bytes) => {
        if (isBlocked || mode.name === 'silent') return;
        requestText += bytes.toString('latin1');
        if (matches('before-request')) return intercept();
        send(upstream, bytes);
        if (matches('after-request')) intercept();
      })
      .on('close', () => delay(delayMilliseconds, () => upstream.end()));
    upstream
      .on('data', (bytes) => {
        if (isBlocked || mode.name === 'silent') return;
        responseText += bytes.toString('latin1');
        const isComplete = isCompleteResponse(protocol, responseText);
        if (isComplete && matches('before-response')) return intercept();
        if (!matches('before-response')) send(client, bytes);
        if (isComplete) requestText = responseText = '';
      })
      .on('close', () => delay(delayMilliseconds, () => client.destroySoon()));
  }

  function destroySockets(): void {
    for (const socket of [...clients, ...upstreams]) socket.destroy();
  }
}

function track(sockets: Set<net.Socket>, socket: net.Socket): net.Socket {
  sockets.add(socket);
  // Errors are expected: the proxy breaks connections on purpose.
  return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
}

function delay(milliseconds: number, action: () => unknown): void {
  if (milliseconds === 0) action();
  else setTimeout(action, milliseconds);
}
