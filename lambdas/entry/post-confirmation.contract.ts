import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** Cognito calls this after a sign-up is confirmed. */
export const postConfirmationEnv = z.object(databaseEnv);
export type PostConfirmationEnv = z.input<typeof postConfirmationEnv>;
