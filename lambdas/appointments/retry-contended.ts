import { setTimeout as wait } from 'node:timers/promises';
import { recordMetric } from '../shared/metrics.ts';
import type { CommandResult } from './appointments.sql.ts';

const MAX_RETRIES = 4;
const BASE_DELAY_MILLISECONDS = 15;

/**
 * Retries a command while another transaction locks the slots it needs, because that transaction may release them: without retries, slots
 * that become free again would stay unbooked. `execute` must be safe to repeat.
 */
export async function retryContended(execute: () => Promise<CommandResult>): Promise<CommandResult> {
  let commandResult = await execute();
  for (let retry = 0; retry < MAX_RETRIES && commandResult.result.outcome === 'slot_contended'; retry += 1) {
    recordMetric('ContendedTries');
    await wait((0.5 + Math.random()) * BASE_DELAY_MILLISECONDS * 2 ** retry);
    commandResult = await execute();
  }
  return commandResult;
}
