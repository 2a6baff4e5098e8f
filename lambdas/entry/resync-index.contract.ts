import * as z from 'zod';
import { cacheEnv, databaseEnv, wholeNumber } from '../shared/env.ts';

/** A scheduled job that corrects the free-slot index from the database. */
export const resyncIndexEnv = z.object({
  ...databaseEnv,
  ...cacheEnv,
  /** How many seconds after its last sync the index may still serve a day. */
  INDEX_FRESH_SECONDS: wholeNumber,
});
export type ResyncIndexEnv = z.input<typeof resyncIndexEnv>;
