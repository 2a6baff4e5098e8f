import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** Runs every five minutes and plans the reminders that are due. */
export const remindersEnv = z.object(databaseEnv);
export type RemindersEnv = z.input<typeof remindersEnv>;
