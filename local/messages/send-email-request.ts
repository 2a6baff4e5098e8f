import { simpleParser } from 'mailparser';
import * as z from 'zod';
import type { MessageContent } from './caught-message.ts';

const partSchema = z.object({ Data: z.string() });
const requestSchema = z.object({
  FromEmailAddress: z.string().optional(),
  ConfigurationSetName: z.string().optional(),
  Destination: z
    .object({ ToAddresses: z.array(z.string()), CcAddresses: z.array(z.string()), BccAddresses: z.array(z.string()) })
    .partial()
    .default({}),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  Content: z.object({
    Raw: partSchema.optional(),
    Simple: z
      .object({
        Subject: partSchema,
        Body: z.object({ Text: partSchema.optional(), Html: partSchema.optional() }),
        Attachments: z
          .array(z.object({ FileName: z.string(), ContentType: z.string().optional(), RawContent: z.string() }))
          .default([]),
      })
      .optional(),
  }),
});
type SendEmailRequest = z.infer<typeof requestSchema>;

/** An email and the SES configuration set it is sent with. */
export interface OutgoingEmail extends MessageContent {
  readonly configurationSet?: string | undefined;
}

/**
 * Returns the simple or raw email of a `SendEmail` request of SES v2.
 * @throws when the request is invalid, uses a template, or has no sender or recipient
 */
export async function parseSendEmailRequest(body: unknown): Promise<OutgoingEmail> {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { Destination: to, EmailTags, Content, ConfigurationSetName: configurationSet } = parsed.data;
  const email = Content.Simple
    ? parseSimpleContent(parsed.data, Content.Simple)
    : await parseRawContent(parsed.data, Content.Raw);
  const recipients = [to.ToAddresses, to.CcAddresses, to.BccAddresses].flatMap((addresses) => addresses ?? []);
  const message = { ...email, to: recipients.length > 0 ? recipients : email.to };
  if (message.to.length === 0) throw new Error('The email has no recipient: set Destination.');
  if (!message.from) throw new Error('The email has no sender: set FromEmailAddress.');
  return {
    ...message,
    configurationSet,
    channel: 'email',
    tags: Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value])),
  };
}

type EmailContent = Omit<MessageContent, 'channel' | 'tags'>;

function parseSimpleContent(
  { FromEmailAddress }: SendEmailRequest,
  content: NonNullable<SendEmailRequest['Content']['Simple']>,
): EmailContent {
  return {
    from: FromEmailAddress,
    to: [],
    subject: content.Subject.Data,
    text: content.Body.Text?.Data,
    html: content.Body.Html?.Data,
    attachments: content.Attachments.map(({ FileName, ContentType, RawContent }) => ({
      name: FileName,
      contentType: ContentType ?? 'application/octet-stream',
      base64: RawContent,
    })),
  };
}

async function parseRawContent(
  { FromEmailAddress }: SendEmailRequest,
  content: SendEmailRequest['Content']['Raw'],
): Promise<EmailContent> {
  if (!content) throw new Error('Only Simple and Raw content is supported locally, not templates.');
  const parsed = await simpleParser(Buffer.from(content.Data, 'base64'));
  return {
    from: FromEmailAddress ?? parsed.from?.text,
    to: [parsed.to ?? []].flat().map(({ text }) => text),
    subject: parsed.subject,
    text: parsed.text,
    html: parsed.html || undefined,
    headers: Object.fromEntries(parsed.headerLines.map(({ key, line }) => [key, unfoldHeader(line)])),
    attachments: parsed.attachments.map(({ filename, contentType, content }) => ({
      name: filename ?? contentType,
      contentType,
      base64: content.toString('base64'),
    })),
  };
}

/** Returns the value of a header line that may be folded over several lines. */
function unfoldHeader(line: string): string {
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
