import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { EmailMessage } from './messages/email-message.ts';
import { ask, PATIENCE, type Send } from './provider.ts';

export interface Email {
  /** The notification's: SES tells it with everything that it has to tell of this e-mail. */
  readonly id: string;
  readonly to: string;
  readonly message: EmailMessage;
  /** Where one click sends no more. @default - such an e-mail has no such link */
  readonly unsubscribeUrl?: string | undefined;
}

interface Sender {
  readonly from: string;
  readonly configurationSet: string;
}

/** Prepares what SES is sent, once: it has no token by which it would know a second try, so nothing is repeated here. */
export function connectEmail({ from, configurationSet }: Sender): (email: Email) => Promise<Send> {
  const client = new SESv2Client({
    maxAttempts: 1,
    requestHandler: PATIENCE,
  });
  return async (email) => {
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [email.to] },
      Content: { Raw: { Data: await mimeOf(email, from) } },
      ConfigurationSetName: configurationSet,
      EmailTags: [{ Name: 'notification', Value: email.id }],
    });
    return () => ask(async () => (await client.send(command)).MessageId);
  };
}

/** RFC 5322, with the invitation both as a part that calendars read and as a file; RFC 8058's headers for one click. */
function mimeOf({ id, to, message, unsubscribeUrl }: Email, from: string): Promise<Buffer> {
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
