import * as z from 'zod';

/** Where the database is and as which PostgreSQL role a function signs in. */
export const databaseEnv = {
  DB_HOST: z.string().min(1),
  DB_PORT: z.string().regex(/^\d+$/),
  DB_NAME: z.string().min(1),
  DB_USER: z.string().min(1),
};

/** Where the cache is and as which of its users a function signs in. */
export const cacheEnv = {
  CACHE_HOST: z.string().min(1),
  CACHE_PORT: z.string().regex(/^\d+$/),
  /** What a token is signed for. */
  CACHE_NAME: z.string().min(1),
  CACHE_USER: z.string().min(1),
};

/** What a function needs that counts its callers' requests, in the cache. */
export const limitEnv = {
  ...cacheEnv,
  /** How many requests a caller has in 15 minutes; 0: as many as they like. */
  REQUESTS_PER_15_MINUTES: z.string().regex(/^\d+$/),
};

/** What every function that answers HTTP needs: the web origins that may read its answers, separated by commas, or `*`. */
export const httpEnv = {
  CORS_ORIGINS: z.string().min(1),
};
