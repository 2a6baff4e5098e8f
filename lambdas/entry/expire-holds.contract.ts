import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** Every minute: settles the holds that have expired, for those who are told of it. Nobody who books needs it. */
export const expireHoldsEnv = z.object({ ...databaseEnv, ...cacheEnv });
export type ExpireHoldsEnv = z.input<typeof expireHoldsEnv>;
