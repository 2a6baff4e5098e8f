import { once } from 'node:events';
import net from 'node:net';

/** An address whose server can be exchanged, or be missed in all the ways in which servers are. */
export interface SwitchableProxy {
  readonly port: number;
  /** From now on leads there, `delayMilliseconds` late each way. Breaks the connections that there are. */
  forwardTo(target: number, delayMilliseconds?: number): void;
  /** From now on nobody gets an answer, neither on the connections that there are nor on new ones, which are taken. */
  stopResponding(): void;
  /** Breaks the connections that there are, and from now on each new one at once. */
  closeConnections(): void;
  stop(): Promise<void>;
}

/** Listens on loopback and passes everything on. */
export async function startSwitchableProxy(initialTarget: number): Promise<SwitchableProxy> {
  let target: number | 'silence' | 'nowhere' = initialTarget;
  let delayMillisecondsEachWay = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    track(client);
    if (target === 'nowhere') return void client.resetAndDestroy();
    if (target === 'silence') return void client.resume();
    const upstream = track(net.connect(target, '127.0.0.1'));
    pipe(client, upstream);
    pipe(upstream, client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The switchboard has no port.');

  return {
    port: address.port,
    forwardTo: (newTarget, delayMilliseconds = 0) => {
      target = newTarget;
      delayMillisecondsEachWay = delayMilliseconds;
      destroySockets();
    },
    stopResponding: () => {
      target = 'silence';
    },
    closeConnections: () => {
      target = 'nowhere';
      destroySockets();
    },
    stop: async () => {
      destroySockets();
      server.close();
      await once(server, 'close');
    },
  };

  function track(socket: net.Socket): net.Socket {
    sockets.add(socket);
    // Broken sockets are the purpose.
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }

  function pipe(from: net.Socket, to: net.Socket): void {
    from
      .on(
        'data',
        (chunk) => target !== 'silence' && setTimeout(() => to.writable && to.write(chunk), delayMillisecondsEachWay),
      )
      .on('close', () => to.destroy());
  }

  function destroySockets(): void {
    for (const socket of sockets) socket.destroy();
  }
}
