import { setTimeout as wait } from 'node:timers/promises';
import { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres.ts';
import type { Progress } from './progress.ts';

const RESTART_AFTER_MILLISECONDS = 1_000;

/** PostgreSQL, started again on the same port when it ends by itself: until then requests are answered with 503. */
export async function keepPostgres(
  options: Omit<PostgresOptions, 'onExit'>,
  progress: Progress,
): Promise<Pick<LocalPostgres, 'port' | 'url' | 'stop'>> {
  let stopping = false;
  let current = startPostgres({ ...options, onExit: restart });
  const { port, url } = await current;

  function restart(reason: string): void {
    progress.say(`${reason}\nPostgreSQL is started again.`);
    current = wait(RESTART_AFTER_MILLISECONDS).then(() => startPostgres({ ...options, port, onExit: restart }));
    current.then(
      () => progress.say('PostgreSQL is back.'),
      (error: Error) => stopping || progress.say(`PostgreSQL does not come back: ${error.message}`),
    );
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
