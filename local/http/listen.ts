import { createServer, type RequestListener } from 'node:http';

/** A running HTTP server on the loopback interface. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting requests; those in progress have `graceMs` milliseconds (default 1000) to finish. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Serves HTTP on 127.0.0.1. Port 0 means any free port.
 *
 * @throws with the port number when the port is in use
 */
export async function listen(listener: RequestListener, port: number): Promise<RunningServer> {
  // Longer than clients keep idle connections, so that clients close first: otherwise a request may reach a closing connection.
  const server = createServer({ keepAliveTimeout: 75_000 }, listener);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is already in use: stop the program that listens on it, or choose another port.`);
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  return { port: boundPort, url: `http://127.0.0.1:${boundPort}`, stop };

  async function stop(graceMs = 1000): Promise<void> {
    const closed = new Promise<void>((resolveClosed) => server.close(() => resolveClosed()));
    // Node keeps a connection that was busy at the close alive when it becomes idle.
    const idleTimer = setInterval(() => server.closeIdleConnections(), 20);
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(idleTimer);
    clearTimeout(deadline);
  }
}
