import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** A daily job: deletes what has served its time. */
export const housekeepingEnv = z.object(databaseEnv);
export type HousekeepingEnv = z.input<typeof housekeepingEnv>;
