import * as z from 'zod';

/** The result of an email that SES has accepted. */
export type EmailFeedback = 'delivered' | 'bounced' | 'complained' | 'rejected';

const recipientsSchema = z.array(z.object({ emailAddress: z.string() }));

const sesEventSchema = z.object({
  eventType: z.string(),
  mail: z.object({ messageId: z.string(), tags: z.record(z.string(), z.array(z.string())).default({}) }),
  bounce: z.object({ bounceType: z.string(), bouncedRecipients: recipientsSchema }).optional(),
  complaint: z
    .object({ complainedRecipients: recipientsSchema, complaintFeedbackType: z.string().nullish() })
    .optional(),
});

/** An SES event about an email. */
export interface SesEvent {
  /** Undefined for an email that is not a notification, such as a code of the user pool. */
  readonly notificationId: string | undefined;
  readonly providerId: string;
  /** Null if only its acceptance is known. */
  readonly feedback: EmailFeedback | null;
  /** Addresses that must receive no more emails. A temporary bounce, such as a full mailbox, blocks none. */
  readonly blockedAddresses: readonly string[];
  readonly blockReason: 'bounced' | 'complained';
}

/**
 * Parses an SES event. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 * Returns undefined for the message that SES publishes once, when the topic is set up.
 * @throws when the text is not an SES event
 */
export function parseSesEvent(text: string): SesEvent | undefined {
  if (text.startsWith('Successfully validated SNS topic')) return undefined;
  const { eventType, mail, bounce, complaint } = sesEventSchema.parse(JSON.parse(text));
  const bounced = bounce?.bounceType === 'Permanent' ? bounce.bouncedRecipients : [];
  // The recipient reported that the email is not spam.
  const isNotSpamReport = complaint?.complaintFeedbackType === 'not-spam';
  const complained = isNotSpamReport ? [] : (complaint?.complainedRecipients ?? []);
  return {
    notificationId: z.guid().safeParse(mail.tags.notification?.[0]).data,
    providerId: mail.messageId,
    feedback: isNotSpamReport || (bounce && bounced.length === 0) ? null : (FEEDBACK_BY_EVENT_TYPE[eventType] ?? null),
    blockedAddresses: [...bounced, ...complained].map(({ emailAddress }) => extractAddress(emailAddress)),
    blockReason: complaint ? 'complained' : 'bounced',
  };
}

const FEEDBACK_BY_EVENT_TYPE: Readonly<Record<string, EmailFeedback>> = {
  Delivery: 'delivered',
  Bounce: 'bounced',
  Complaint: 'complained',
  Reject: 'rejected',
};

/** SES returns some addresses as `Ana Duarte <ana@example.com>`. */
const extractAddress = (text: string) => /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text;
