import type { Progress } from '../../local/system/progress.ts';
import type { Aws } from './aws-clients.ts';

/** What the checks of a promise work with. */
export interface CheckContext {
  readonly aws: Aws;
  /** For the files that a check makes. */
  readonly folder: string;
  readonly step: Progress['step'];
}

export const PROD = { data: 'MedBook-prod-Data', identity: 'MedBook-prod-Identity', service: 'MedBook-prod-Service' };

/** Asks until the answer is one. @throws a sentence with `what` when there was none in time. */
export async function waitFor<T>(condition: string, seconds: number, read: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${condition}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
