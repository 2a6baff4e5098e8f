import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** Sends the notifications that the messages of its queue name. */
export const notifierEnv = z.object({
  ...databaseEnv,
  NOTIFICATION_QUEUE_URL: z.url(),
  /** The sender address of emails. */
  MAIL_FROM: z.string().min(1),
  /** The SES configuration set, which sets the rules for sending emails and publishes their events. */
  MAIL_CONFIGURATION_SET: z.string().min(1),
  /** The base URL of links in emails, with a trailing slash. */
  API_URL: z.url(),
});
export type NotifierEnv = z.input<typeof notifierEnv>;

/** Returns the name of the queue, by which operators find it. */
export const getNotificationQueueName = (stage: string) => `medbook-${stage}-notifications`;

const replay = z.boolean().default(false);

/**
 * A message of the queue: send all notifications of a request, or one notification. It contains only ids, because queues must not contain
 * personal data. `replay`: an operator replays the message from the dead-letter queue.
 */
export const notifierMessage = z.union([
  z.strictObject({ request: z.string().min(1).max(255), notification: z.undefined().optional(), replay }),
  z.strictObject({ notification: z.guid(), request: z.undefined().optional(), replay }),
]);
export type NotifierMessage = z.input<typeof notifierMessage>;

/** A message of the queue as JSON text, parsed to a `NotifierMessage`. */
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
