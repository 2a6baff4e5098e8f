import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../gateway/listen.ts';
import type { CaughtMessage, MessageContent } from './caught-message.ts';
import { MAIL_PAGE_POLICY, mailPage } from './mail-page.ts';
import { type SesEvent, sesEventsOf } from './ses-events.ts';
import { readSendEmail } from './ses-request.ts';

export interface LocalMail {
  /** The page of what was caught; `/messages` of it gives the same as JSON. */
  readonly mailUrl: string;
  /** For clients of SES v2. */
  readonly sesEndpoint: string;
  /** For clients of SNS that publish to phone numbers. */
  readonly snsEndpoint: string;
  /** Newest first. */
  messages(): readonly CaughtMessage[];
  /** Shows a message that came another way: the user pool's codes. */
  deliver(message: Pick<CaughtMessage, 'channel' | 'subject' | 'text' | 'html'> & { readonly to: string }): void;
  stop(): Promise<void>;
}

export interface MailOptions {
  readonly port?: number;
  /** Is told what SES would tell of e-mails that were sent by a configuration set. @default - nobody is told */
  readonly onTaken?: (configurationSet: string, event: SesEvent) => unknown;
}

/** The oldest are forgotten: a long load test must not fill the memory. */
const KEPT = 1000;

/** Starts, on loopback, what takes e-mails and SMS in place of SES and SNS, and the page that shows them. */
export async function startMail({ port = 0, onTaken = () => undefined }: MailOptions = {}): Promise<LocalMail> {
  const caught: CaughtMessage[] = [];
  const server = await listen((request, response) => {
    serve(request, response).catch((error: unknown) =>
      reply(response, 500, JSON_TYPE, json({ message: String(error) })),
    );
  }, port);
  return {
    mailUrl: server.url,
    sesEndpoint: server.url,
    snsEndpoint: server.url,
    messages: () => caught,
    deliver: ({ to, ...message }) => void keep({ ...message, to: [to], attachments: [], tags: {} }),
    stop: () => server.stop(),
  };

  function keep(content: MessageContent): CaughtMessage {
    const message = { id: randomUUID(), at: new Date().toISOString(), ...content };
    caught.unshift(message);
    caught.splice(KEPT);
    return message;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /') return reply(response, 200, 'text/html; charset=utf-8', mailPage(caught));
    if (route === 'GET /messages') return reply(response, 200, JSON_TYPE, json(caught));
    if (route === 'POST /v2/email/outbound-emails') return takeEmail(request, response);
    if (route === 'POST /') return takeSms(request, response);
    const [, id, index] = /^GET \/messages\/([^/]+)\/attachments\/(\d+)$/.exec(route) ?? [];
    const attachment = caught.find((message) => message.id === id)?.attachments[Number(index)];
    if (!attachment) return reply(response, 404, JSON_TYPE, json({ message: `There is no ${route} here.` }));
    reply(response, 200, 'application/octet-stream', Buffer.from(attachment.base64, 'base64'));
  }

  async function takeEmail(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { configurationSet, ...content } = await readSendEmail(JSON.parse(await text(request)));
      const message = keep(content);
      reply(response, 200, JSON_TYPE, json({ MessageId: message.id }));
      if (configurationSet) for (const event of sesEventsOf(message)) onTaken(configurationSet, event);
    } catch (error) {
      response.setHeader('x-amzn-ErrorType', 'BadRequestException');
      reply(response, 400, JSON_TYPE, json({ message: error instanceof Error ? error.message : String(error) }));
    }
  }

  /** SNS's query protocol: a form in, XML out. */
  async function takeSms(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const to = form.get('PhoneNumber');
    const message = form.get('Message');
    if (form.get('Action') !== 'Publish' || !to || !message) {
      const error = '<Type>Sender</Type><Code>InvalidParameter</Code><Message>Publish to a PhoneNumber only.</Message>';
      return reply(response, 400, 'text/xml', `<ErrorResponse ${NAMESPACE}><Error>${error}</Error></ErrorResponse>`);
    }
    const { id } = keep({ channel: 'sms', to: [to], text: message, attachments: [], tags: {} });
    const result = `<PublishResult><MessageId>${id}</MessageId></PublishResult>`;
    const about = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;
    reply(response, 200, 'text/xml', `<PublishResponse ${NAMESPACE}>${result}${about}</PublishResponse>`);
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';
const NAMESPACE = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
const json = (value: unknown) => JSON.stringify(value);

function reply(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Security-Policy': MAIL_PAGE_POLICY,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
