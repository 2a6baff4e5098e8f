import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** SNS calls this with the SES events of emails: accepted, delivered, bounced or marked as spam. */
export const emailEventsEnv = z.object(databaseEnv);
export type EmailEventsEnv = z.input<typeof emailEventsEnv>;
