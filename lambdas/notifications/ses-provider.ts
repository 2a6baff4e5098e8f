import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { EmailMessage } from './messages/email-message.ts';
import { PROVIDER_TIMEOUTS, type Send, sendToProvider } from './send-to-provider.ts';

/** An email to send with SES. */
export interface OutgoingEmail {
  /** The notification's id. Every SES event about this email contains it as a tag. */
  readonly id: string;
  readonly to: string;
  readonly message: EmailMessage;
  /** The one-click unsubscribe link. @default - the email has no such link */
  readonly unsubscribeUrl?: string | undefined;
}

interface SesOptions {
  readonly from: string;
  readonly configurationSet: string;
}

/** Returns a function that prepares emails for SES. The SDK does not retry: SES has no idempotency token, so a retry could send twice. */
export function connectSes({ from, configurationSet }: SesOptions): (email: OutgoingEmail) => Promise<Send> {
  const client = new SESv2Client({
    maxAttempts: 1,
    requestHandler: PROVIDER_TIMEOUTS,
  });
  return async (email) => {
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [email.to] },
      Content: { Raw: { Data: await buildMime(email, from) } },
      ConfigurationSetName: configurationSet,
      EmailTags: [{ Name: 'notification', Value: email.id }],
    });
    return () => sendToProvider(async () => (await client.send(command)).MessageId);
  };
}

/** Builds an RFC 5322 message. The invitation is a calendar part and an attachment; the headers offer one-click unsubscribe (RFC 8058). */
function buildMime({ id, to, message, unsubscribeUrl }: OutgoingEmail, from: string): Promise<Buffer> {
  const { subject, text, html, calendar } = message;
  return new MailComposer({
    from: { name: 'MedBook', address: from },
    to,
    subject,
    text,
    html,
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribeUrl && {
        'List-Unsubscribe': `<${unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
    messageId: `<${id}@${from.split('@')[1]}>`,
    ...(calendar && { icalEvent: { method: calendar.method, content: calendar.content, filename: 'appointment.ics' } }),
  })
    .compile()
    .build();
}
