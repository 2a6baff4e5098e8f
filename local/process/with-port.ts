import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Calls `start` with the fixed port, or else with a free one. Another process may take a free port before the server does:
 * then tries another port, three in all.
 */
export async function withPort<Server>(
  fixedPort: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (fixedPort !== undefined) return start(fixedPort);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      const isPortTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!isPortTaken || attempt === 3) throw error;
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found on 127.0.0.1.');
  return address.port;
}
