import { setTimeout as wait } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres.ts';

const RESTART_AFTER_MILLISECONDS = 1_000;

/** PostgreSQL, started again on the same port when it ends by itself: until then requests are answered with 503. */
export async function keepPostgres(
  options: Omit<PostgresOptions, 'onExit'>,
  progress: Progress,
): Promise<Pick<LocalPostgres, 'port' | 'url' | 'stop'>> {
  let stopping = false;
  let current = startPostgres({ ...options, onExit });
  const { port, url } = await current;

  function onExit(reason: string): void {
    progress.say(`${reason}\nPostgreSQL is started again.`);
    current = restart();
  }

  async function restart(): Promise<LocalPostgres> {
    for (;;) {
      await wait(RESTART_AFTER_MILLISECONDS);
      try {
        const postgres = await startPostgres({ ...options, port, onExit });
        progress.say('PostgreSQL is back.');
        return postgres;
      } catch (error) {
        if (stopping) throw error;
        progress.say(`PostgreSQL does not come back yet: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  return {
    port,
    url,
    async stop() {
      stopping = true;
      const [last] = await Promise.allSettled([current]);
      if (last?.status === 'fulfilled') await last.value.stop();
    },
  };
}
