import { setTimeout as wait } from 'node:timers/promises';
import { count } from '../shared/metrics.ts';
import type { CommandAnswer } from './appointments.sql.ts';

const RETRIES = 4;
const FIRST_WAIT_MILLISECONDS = 15;

/**
 * Asks again for a time that a rival has locked at this instant, because the rival may give it back: without that, times stay
 * unsold. `ask` must be safe to repeat.
 */
export async function untilUncontended(ask: () => Promise<CommandAnswer>): Promise<CommandAnswer> {
  let answer = await ask();
  for (let retry = 0; retry < RETRIES && answer.answer.outcome === 'slot_contended'; retry += 1) {
    count('ContendedTries');
    await wait((0.5 + Math.random()) * FIRST_WAIT_MILLISECONDS * 2 ** retry);
    answer = await ask();
  }
  return answer;
}
