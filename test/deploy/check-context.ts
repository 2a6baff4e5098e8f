import type { Progress } from '../../local/system/progress.ts';
import type { Aws } from './aws-clients.ts';

/** The parameters of each check. */
export interface CheckContext {
  readonly aws: Aws;
  /** The folder for the files that a check creates. */
  readonly folder: string;
  readonly step: Progress['step'];
}

export const PROD = { data: 'MedBook-prod-Data', identity: 'MedBook-prod-Identity', service: 'MedBook-prod-Service' };

/**
 * Calls `read` until it returns a value, and returns that value.
 * @throws if there is no value after the given time; `condition` is the statement that is still false.
 */
export async function waitFor<T>(condition: string, seconds: number, read: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`This was not true within ${seconds} s: ${condition}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
