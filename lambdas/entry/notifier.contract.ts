import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** Sends what the messages of its queue name. */
export const notifierEnv = z.object({
  ...databaseEnv,
  NOTIFICATION_QUEUE_URL: z.url(),
  /** The address that e-mails come from. */
  MAIL_FROM: z.string().min(1),
  /** Of SES: by its rules e-mails are sent, and it tells what became of them. */
  MAIL_CONFIGURATION_SET: z.string().min(1),
  /** Where links in e-mails lead, with a slash at its end. */
  API_URL: z.url(),
});
export type NotifierEnv = z.input<typeof notifierEnv>;

/** The name of its queue, by which operators find it. */
export const notificationQueueName = (stage: string) => `medbook-${stage}-notifications`;

const revive = z.boolean().default(false);

/**
 * What a message of the queue asks for: all that a request did, or one notification. Ids and nothing else, because queues are no place for
 * anybody's data. `revive`: it was in the dead-letter queue, and a person wants it tried anew.
 */
export const notifierMessage = z.union([
  z.strictObject({ request: z.string().min(1).max(255), notification: z.undefined().optional(), revive }),
  z.strictObject({ notification: z.guid(), request: z.undefined().optional(), revive }),
]);
export type NotifierMessage = z.input<typeof notifierMessage>;

/** The same as the text of a message. */
export const notifierMessageText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON' });
      return z.NEVER;
    }
  })
  .pipe(notifierMessage);
