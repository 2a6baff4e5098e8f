import { simpleParser } from 'mailparser';
import * as z from 'zod';
import type { MessageContent } from './caught-message.ts';

const part = z.object({ Data: z.string() });
const request = z.object({
  FromEmailAddress: z.string().optional(),
  ConfigurationSetName: z.string().optional(),
  Destination: z
    .object({ ToAddresses: z.array(z.string()), CcAddresses: z.array(z.string()), BccAddresses: z.array(z.string()) })
    .partial()
    .default({}),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  Content: z.object({
    Raw: part.optional(),
    Simple: z
      .object({
        Subject: part,
        Body: z.object({ Text: part.optional(), Html: part.optional() }),
        Attachments: z
          .array(z.object({ FileName: z.string(), ContentType: z.string().optional(), RawContent: z.string() }))
          .default([]),
      })
      .optional(),
  }),
});
type Request = z.infer<typeof request>;

/** An e-mail, and the configuration set that it names. */
export interface SentEmail extends MessageContent {
  readonly configurationSet?: string | undefined;
}

/**
 * The e-mail in a `SendEmail` request of SES v2, simple or raw.
 * @throws a sentence when it is neither, or names nobody
 */
export async function readSendEmail(body: unknown): Promise<SentEmail> {
  const parsed = request.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { Destination: to, EmailTags, Content, ConfigurationSetName: configurationSet } = parsed.data;
  const email = Content.Simple ? simple(parsed.data, Content.Simple) : await raw(parsed.data, Content.Raw);
  const named = [to.ToAddresses, to.CcAddresses, to.BccAddresses].flatMap((addresses) => addresses ?? []);
  const message = { ...email, to: named.length > 0 ? named : email.to };
  if (message.to.length === 0) throw new Error('The e-mail has no destination.');
  if (!message.from) throw new Error('The e-mail has no sender: give FromEmailAddress.');
  return {
    ...message,
    configurationSet,
    channel: 'email',
    tags: Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value])),
  };
}

type Email = Omit<MessageContent, 'channel' | 'tags'>;

function simple({ FromEmailAddress }: Request, content: NonNullable<Request['Content']['Simple']>): Email {
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

async function raw({ FromEmailAddress }: Request, content: Request['Content']['Raw']): Promise<Email> {
  if (!content) throw new Error('Only Simple and Raw content is caught here: templates are not.');
  const mail = await simpleParser(Buffer.from(content.Data, 'base64'));
  return {
    from: FromEmailAddress ?? mail.from?.text,
    to: [mail.to ?? []].flat().map(({ text }) => text),
    subject: mail.subject,
    text: mail.text,
    html: mail.html || undefined,
    headers: Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, unfolded(line)])),
    attachments: mail.attachments.map(({ filename, contentType, content }) => ({
      name: filename ?? contentType,
      contentType,
      base64: content.toString('base64'),
    })),
  };
}

/** A header's value, unfolded. */
function unfolded(line: string): string {
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
