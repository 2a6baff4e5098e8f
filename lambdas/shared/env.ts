import * as z from 'zod';

/** Where the database is and as which PostgreSQL role a function signs in. */
export const databaseEnv = {
  DB_HOST: z.string().min(1),
  DB_PORT: z.string().regex(/^\d+$/),
  DB_NAME: z.string().min(1),
  DB_USER: z.string().min(1),
};

/** What every function that answers HTTP needs: the web origins that may read its answers, separated by commas, or `*`. */
export const httpEnv = {
  CORS_ORIGINS: z.string().min(1),
};
