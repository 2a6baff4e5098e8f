import type { CaughtMessage } from './caught-message.ts';

/** An event as SES publishes it. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
export interface SesEvent {
  readonly eventType: 'Send' | 'Delivery' | 'Bounce' | 'Complaint';
  readonly [detail: string]: unknown;
}

/**
 * Returns the events that SES publishes for an accepted email. The mailbox simulator's addresses work as on AWS: an email to
 * `bounce@simulator.amazonses.com` bounces, one to `complaint@…` causes a complaint; labels are allowed (`bounce+1@…`).
 */
export function toSesEvents({ id, at, from, to, subject, tags }: CaughtMessage): SesEvent[] {
  const mail = {
    timestamp: at,
    messageId: id,
    source: from,
    destination: to,
    commonHeaders: { subject },
    tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
  };
  const recipients = to.map((emailAddress) => ({ emailAddress }));
  const simulatedOutcome = /^(bounce|complaint)(\+[^@]*)?@simulator\.amazonses\.com$/i
    .exec(to[0] ?? '')?.[1]
    ?.toLowerCase();
  const sent: SesEvent = { eventType: 'Send', mail, send: {} };
  const delivered: SesEvent = { eventType: 'Delivery', mail, delivery: { timestamp: at, recipients: to } };
  if (simulatedOutcome === 'bounce') {
    const bounce = { bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: recipients, timestamp: at };
    return [sent, { eventType: 'Bounce', mail, bounce }];
  }
  if (simulatedOutcome === 'complaint') {
    return [sent, delivered, { eventType: 'Complaint', mail, complaint: { complainedRecipients: recipients } }];
  }
  return [sent, delivered];
}
