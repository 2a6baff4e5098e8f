/** An email without its envelope. */
export interface EmailMessage {
  /** A single line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** An invitation or its cancellation. */
  readonly calendar?: { readonly method: 'REQUEST' | 'CANCEL'; readonly content: string };
}
