import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** A daily job that deletes rows whose retention period is over. */
export const housekeepingEnv = z.object(databaseEnv);
export type HousekeepingEnv = z.input<typeof housekeepingEnv>;
