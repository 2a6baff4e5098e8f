import * as z from 'zod';
import { cacheEnv, databaseEnv } from '../shared/env.ts';

/** A daily job that creates every doctor's slots up to the clinic's booking horizon. */
export const generateSlotsEnv = z.object({ ...databaseEnv, ...cacheEnv });
export type GenerateSlotsEnv = z.input<typeof generateSlotsEnv>;
