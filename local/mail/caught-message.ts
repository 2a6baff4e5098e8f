/** A message that would have left this machine. */
export interface CaughtMessage {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly channel: 'email' | 'sms';
  readonly from?: string | undefined;
  readonly to: readonly string[];
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly attachments: readonly Attachment[];
  /** Of an e-mail that was given as a whole, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the sender wants to find it by again: SES's tags. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Attachment {
  readonly name: string;
  readonly contentType: string;
  readonly base64: string;
}

/** What a sender says; the catcher adds when it came and its number. */
export type MessageContent = Omit<CaughtMessage, 'id' | 'at'>;
