import * as z from 'zod';

/** What became of an e-mail after SES had taken it. */
export type MailFeedback = 'delivered' | 'bounced' | 'complained' | 'rejected';

const recipients = z.array(z.object({ emailAddress: z.string() }));

const schema = z.object({
  eventType: z.string(),
  mail: z.object({ messageId: z.string(), tags: z.record(z.string(), z.array(z.string())).default({}) }),
  bounce: z.object({ bounceType: z.string(), bouncedRecipients: recipients }).optional(),
  complaint: z.object({ complainedRecipients: recipients, complaintFeedbackType: z.string().nullish() }).optional(),
});

/** What SES tells of an e-mail. */
export interface MailEvent {
  /** Undefined of an e-mail that is not ours: a code of the user pool. */
  readonly notificationId: string | undefined;
  readonly providerId: string;
  /** Null: it has been taken, and no more is known. */
  readonly feedback: MailFeedback | null;
  /** Addresses that must get no more. A mailbox that is full is none. */
  readonly blocked: readonly string[];
  readonly reason: 'bounced' | 'complained';
}

/**
 * Reads an event of SES. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 * Undefined: it tells of no mail, but that SES may write to the topic, when that was set up.
 * @throws when it is none
 */
export function readMailEvent(text: string): MailEvent | undefined {
  if (text.startsWith('Successfully validated SNS topic')) return undefined;
  const { eventType, mail, bounce, complaint } = schema.parse(JSON.parse(text));
  const bounced = bounce?.bounceType === 'Permanent' ? bounce.bouncedRecipients : [];
  // Somebody has said of a mail that was taken for spam that it is none.
  const isPraise = complaint?.complaintFeedbackType === 'not-spam';
  const complained = isPraise ? [] : (complaint?.complainedRecipients ?? []);
  return {
    notificationId: z.guid().safeParse(mail.tags.notification?.[0]).data,
    providerId: mail.messageId,
    feedback: isPraise || (bounce && bounced.length === 0) ? null : (FEEDBACK[eventType] ?? null),
    blocked: [...bounced, ...complained].map(({ emailAddress }) => addressIn(emailAddress)),
    reason: complaint ? 'complained' : 'bounced',
  };
}

const FEEDBACK: Readonly<Record<string, MailFeedback>> = {
  Delivery: 'delivered',
  Bounce: 'bounced',
  Complaint: 'complained',
  Reject: 'rejected',
};

/** SES gives some as `Somebody <somebody@example.com>`. */
const addressIn = (text: string) => /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text;
