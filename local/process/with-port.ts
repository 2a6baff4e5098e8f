import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Calls `start` with the chosen port, or with a free one. A free port may be somebody else's before the server has it:
 * then another is tried, three in all.
 */
export async function withPort<Server>(
  chosen: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (chosen !== undefined) return start(chosen);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || attempt === 3) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port on 127.0.0.1.');
  return address.port;
}
