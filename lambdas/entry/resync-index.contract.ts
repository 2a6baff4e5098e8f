import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** By the clock: brings the index of free slots to what the database has. */
export const resyncIndexEnv = z.object({
  ...databaseEnv,
  ...cacheEnv,
  /** For how long after its last sync the index answers for a day. */
  INDEX_FRESH_SECONDS: z.string().regex(/^\d+$/),
});
export type ResyncIndexEnv = z.input<typeof resyncIndexEnv>;
