import { once } from 'node:events';
import net from 'node:net';

/** An address whose server can be exchanged, or be missed in all the ways in which servers are. */
export interface Switchboard {
  readonly port: number;
  /** From now on leads there, `delayMilliseconds` late each way. Breaks the connections that there are. */
  lead(target: number, delayMilliseconds?: number): void;
  /** From now on nobody gets an answer, neither on the connections that there are nor on new ones, which are taken. */
  fallSilent(): void;
  /** Breaks the connections that there are, and from now on each new one at once. */
  hangUp(): void;
  stop(): Promise<void>;
}

/** Listens on loopback and passes everything on. */
export async function switchboard(firstTarget: number): Promise<Switchboard> {
  let target: number | 'silence' | 'nowhere' = firstTarget;
  let delay = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    watch(client);
    if (target === 'nowhere') return void client.resetAndDestroy();
    if (target === 'silence') return void client.resume();
    const upstream = watch(net.connect(target, '127.0.0.1'));
    pass(client, upstream);
    pass(upstream, client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The switchboard has no port.');

  return {
    port: address.port,
    lead: (next, delayMilliseconds = 0) => {
      target = next;
      delay = delayMilliseconds;
      breakAll();
    },
    fallSilent: () => {
      target = 'silence';
    },
    hangUp: () => {
      target = 'nowhere';
      breakAll();
    },
    stop: async () => {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };

  function watch(socket: net.Socket): net.Socket {
    sockets.add(socket);
    // Broken sockets are the purpose.
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }

  function pass(from: net.Socket, to: net.Socket): void {
    from
      .on('data', (chunk) => target !== 'silence' && setTimeout(() => to.writable && to.write(chunk), delay))
      .on('close', () => to.destroy());
  }

  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }
}
