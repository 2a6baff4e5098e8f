import * as z from 'zod';
import { wholeNumber } from '../shared/env.ts';

/** Runs on each deployment, before the new code is live. Connects to the writer as the cluster's owner, whose password is in the secret. */
export const migrateEnv = z.object({
  DB_HOST: z.string().min(1),
  DB_PORT: wholeNumber,
  DB_NAME: z.string().min(1),
  DB_SECRET_ARN: z.string().min(1),
});
export type MigrateEnv = z.input<typeof migrateEnv>;
