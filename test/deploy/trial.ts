import type { Progress } from '../../local/progress.ts';
import type { Aws } from './aws.ts';

/** What the checks of a promise work with. */
export interface Trial {
  readonly aws: Aws;
  /** For the files that a check makes. */
  readonly folder: string;
  readonly step: Progress['step'];
}

export const PROD = { data: 'MedBook-prod-Data', identity: 'MedBook-prod-Identity', service: 'MedBook-prod-Service' };

/** Asks until the answer is one. @throws a sentence with `what` when there was none in time. */
export async function eventually<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
