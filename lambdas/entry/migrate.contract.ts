import * as z from 'zod';

/** Runs on deploy, before new code: talks to the writer itself, as the cluster's owner, whose password is in the secret. */
export const migrateEnv = z.object({
  DB_HOST: z.string().min(1),
  DB_PORT: z.string().regex(/^\d+$/),
  DB_NAME: z.string().min(1),
  DB_SECRET_ARN: z.string().min(1),
});
export type MigrateEnv = z.input<typeof migrateEnv>;
