import * as z from 'zod';

/** A whole number. Environment variables are text, so it is parsed. */
export const wholeNumber = z.string().regex(/^\d+$/, 'expected a whole number').transform(Number);

/** The address of the database, and the PostgreSQL role of the function. */
export const databaseEnv = {
  DB_HOST: z.string().min(1),
  DB_PORT: wholeNumber,
  DB_NAME: z.string().min(1),
  DB_USER: z.string().min(1),
  /** Whether the database pauses while it has no connections: then a connection that times out has started it. */
  DB_PAUSES: z.stringbool(),
};

/** The address of the cache, and the cache user of the function. */
export const cacheEnv = {
  CACHE_HOST: z.string().min(1),
  CACHE_PORT: wholeNumber,
  /** The id of the replication group, for which tokens are signed. */
  CACHE_NAME: z.string().min(1),
  CACHE_USER: z.string().min(1),
};

/** The environment of a function that limits the requests of its callers. */
export const rateLimitEnv = {
  ...cacheEnv,
  /** How many requests a caller may send in 15 minutes; 0: no limit. */
  REQUESTS_PER_15_MINUTES: wholeNumber,
};

/** The ids of the user pools, for a function that signed-in users call. */
export const userPoolsEnv = {
  PATIENT_POOL_ID: z.string().min(1),
  STAFF_POOL_ID: z.string().min(1),
};

/** The environment of every function behind the API. */
export const httpEnv = {
  /** The web origins that may read the responses, separated by commas, or `*`. */
  CORS_ORIGINS: z.string().min(1),
};
