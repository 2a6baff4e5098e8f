import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** Called with what SES tells of e-mails: taken, delivered, bounced, complained of. */
export const mailEventsEnv = z.object(databaseEnv);
export type MailEventsEnv = z.input<typeof mailEventsEnv>;
