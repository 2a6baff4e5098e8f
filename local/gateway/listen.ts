import { createServer, type RequestListener } from 'node:http';

/** A server on the loopback interface. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Takes no more requests; those under way have `graceMs` (default 1000) to be answered. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Serves HTTP on 127.0.0.1. Port 0 takes any free one.
 *
 * @throws naming the port when it is taken
 */
export async function listen(listener: RequestListener, port: number): Promise<RunningServer> {
  // Longer than clients keep idle connections, so that it is they who close: else a request may meet a closing server.
  const server = createServer({ keepAliveTimeout: 75_000 }, listener);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is taken: stop the program that listens on it, or choose another port.`);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return { port: bound, url: `http://127.0.0.1:${bound}`, stop };

  async function stop(graceMs = 1000): Promise<void> {
    const closed = new Promise<void>((done) => server.close(() => done()));
    // A connection that was busy at the close is kept alive by Node once it is idle.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
