/** A message that MedBook sent, caught instead of being delivered. */
export interface CaughtMessage {
  readonly id: string;
  /** The time of receipt, RFC 3339 in UTC. */
  readonly at: string;
  readonly channel: 'email' | 'sms';
  readonly from?: string | undefined;
  readonly to: readonly string[];
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly attachments: readonly Attachment[];
  /** The headers of a raw email, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The SES message tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A file attached to an email. */
export interface Attachment {
  readonly name: string;
  readonly contentType: string;
  readonly base64: string;
}

/** A message as sent; the catcher adds its id and time of receipt. */
export type MessageContent = Omit<CaughtMessage, 'id' | 'at'>;
