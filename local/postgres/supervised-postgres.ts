import { setTimeout as wait } from 'node:timers/promises';
import type { Progress } from '../system/progress.ts';
import { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres.ts';

const RESTART_DELAY_MILLISECONDS = 1_000;

/** Starts PostgreSQL and restarts it on the same port when it ends by itself; until then, API requests get a 503 response. */
export async function startSupervisedPostgres(
  options: Omit<PostgresOptions, 'onExit'>,
  progress: Progress,
): Promise<Pick<LocalPostgres, 'port' | 'url' | 'stop'>> {
  let isStopping = false;
  let current = startPostgres({ ...options, onExit });
  const { port, url } = await current;

  function onExit(reason: string): void {
    progress.report(`${reason}\nRestarting PostgreSQL …`);
    current = restart();
  }

  async function restart(): Promise<LocalPostgres> {
    for (;;) {
      await wait(RESTART_DELAY_MILLISECONDS);
      try {
        const postgres = await startPostgres({ ...options, port, onExit });
        progress.report('PostgreSQL is running again.');
        return postgres;
      } catch (error) {
        if (isStopping) throw error;
        progress.report(
          `PostgreSQL could not be restarted and will be retried: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }

  return {
    port,
    url,
    async stop() {
      isStopping = true;
      const [last] = await Promise.allSettled([current]);
      if (last?.status === 'fulfilled') await last.value.stop();
    },
  };
}
