import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../http/listen.ts';
import type { CaughtMessage, MessageContent } from './caught-message.ts';
import { MESSAGE_PAGE_POLICY, renderMessagePage } from './message-page.ts';
import { parseSendEmailRequest } from './send-email-request.ts';
import { type SesEvent, toSesEvents } from './ses-events.ts';

/** A running message catcher. */
export interface LocalMessageCatcher {
  /** The message page; `/messages` below it returns the same messages as JSON. */
  readonly pageUrl: string;
  /** The endpoint for clients of SES v2. */
  readonly sesEndpoint: string;
  /** The endpoint for clients of SNS that publish to phone numbers. */
  readonly snsEndpoint: string;
  /** Returns the caught messages, newest first. */
  messages(): readonly CaughtMessage[];
  /** Adds a message that was not sent through SES or SNS: the codes from the user pool. */
  deliver(message: Pick<CaughtMessage, 'channel' | 'subject' | 'text' | 'html'> & { readonly to: string }): void;
  stop(): Promise<void>;
}

/** Options of `startMessageCatcher`. */
export interface MessageCatcherOptions {
  /** @default - any free port */
  readonly port?: number;
  /** Called with the events that SES would publish for an email sent with a configuration set. @default - events are dropped */
  readonly onEmailSent?: (configurationSet: string, event: SesEvent) => unknown;
}

/** Older messages are dropped, so that a long load test does not fill the memory. */
const MAX_MESSAGES = 1000;

/** Starts a server on loopback that receives emails and SMS in place of SES and SNS, and serves the page that shows them. */
export async function startMessageCatcher({
  port = 0,
  onEmailSent = () => undefined,
}: MessageCatcherOptions = {}): Promise<LocalMessageCatcher> {
  const caught: CaughtMessage[] = [];
  const server = await listen((request, response) => {
    serve(request, response).catch((error: unknown) =>
      sendResponse(response, 500, JSON_CONTENT_TYPE, toJson({ message: String(error) })),
    );
  }, port);
  return {
    pageUrl: server.url,
    sesEndpoint: server.url,
    snsEndpoint: server.url,
    messages: () => caught,
    deliver: ({ to, ...message }) => void store({ ...message, to: [to], attachments: [], tags: {} }),
    stop: () => server.stop(),
  };

  function store(content: MessageContent): CaughtMessage {
    const message = { id: randomUUID(), at: new Date().toISOString(), ...content };
    caught.unshift(message);
    caught.splice(MAX_MESSAGES);
    return message;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /') return sendResponse(response, 200, 'text/html; charset=utf-8', renderMessagePage(caught));
    if (route === 'GET /messages') return sendResponse(response, 200, JSON_CONTENT_TYPE, toJson(caught));
    if (route === 'POST /v2/email/outbound-emails') return receiveEmail(request, response);
    if (route === 'POST /') return receiveSms(request, response);
    const [, id, index] = /^GET \/messages\/([^/]+)\/attachments\/(\d+)$/.exec(route) ?? [];
    const attachment = caught.find((message) => message.id === id)?.attachments[Number(index)];
    if (!attachment)
      return sendResponse(response, 404, JSON_CONTENT_TYPE, toJson({ message: `${route} does not exist.` }));
    sendResponse(response, 200, 'application/octet-stream', Buffer.from(attachment.base64, 'base64'));
  }

  async function receiveEmail(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { configurationSet, ...content } = await parseSendEmailRequest(JSON.parse(await text(request)));
      const message = store(content);
      sendResponse(response, 200, JSON_CONTENT_TYPE, toJson({ MessageId: message.id }));
      if (configurationSet) for (const event of toSesEvents(message)) onEmailSent(configurationSet, event);
    } catch (error) {
      response.setHeader('x-amzn-ErrorType', 'BadRequestException');
      sendResponse(
        response,
        400,
        JSON_CONTENT_TYPE,
        toJson({ message: error instanceof Error ? error.message : String(error) }),
      );
    }
  }

  /** The query protocol of SNS: the request is a form, the response is XML. */
  async function receiveSms(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const to = form.get('PhoneNumber');
    const message = form.get('Message');
    if (form.get('Action') !== 'Publish' || !to || !message) {
      const error =
        '<Type>Sender</Type><Code>InvalidParameter</Code><Message>Only Publish with a PhoneNumber and a Message is supported.</Message>';
      return sendResponse(
        response,
        400,
        'text/xml',
        `<ErrorResponse ${SNS_NAMESPACE}><Error>${error}</Error></ErrorResponse>`,
      );
    }
    const { id } = store({ channel: 'sms', to: [to], text: message, attachments: [], tags: {} });
    const result = `<PublishResult><MessageId>${id}</MessageId></PublishResult>`;
    const metadata = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;
    sendResponse(response, 200, 'text/xml', `<PublishResponse ${SNS_NAMESPACE}>${result}${metadata}</PublishResponse>`);
  }
}

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';
const SNS_NAMESPACE = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
const toJson = (value: unknown) => JSON.stringify(value);

function sendResponse(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Security-Policy': MESSAGE_PAGE_POLICY,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
