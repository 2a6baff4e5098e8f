import { once } from 'node:events';
import net from 'node:net';

/** A way to a server that can be cut: the socket breaks without a farewell, as when a host is lost. */
export interface CuttingProxy {
  readonly port: number;
  /** From now on cuts a connection when the server's next answer comes: what was asked has been done, and nobody hears of it. */
  cutNextResponse(): void;
  stop(): Promise<void>;
}

/** Listens on loopback and passes everything on to `target`. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let cutsNextResponse = false;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Cutting one side is the purpose; the other side says so.
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    // A server that cannot be reached closes the client's connection at once, instead of leaving it to its timeout.
    upstream.on('error', () => client.destroy());
    client.on('data', (chunk) => upstream.write(chunk)).on('end', () => upstream.end());
    upstream
      .on('end', () => client.end())
      .on('data', (chunk) => {
        if (!cutsNextResponse) return client.write(chunk);
        cutsNextResponse = false;
        client.resetAndDestroy();
        return upstream.destroy();
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    port: address.port,
    cutNextResponse: () => {
      cutsNextResponse = true;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
