import { text } from 'node:stream/consumers';
import { listen } from '../../../local/http/listen.ts';
import type { CaughtMessage } from '../../../local/messages/caught-message.ts';
import { startMessageCatcher } from '../../../local/messages/message-catcher.ts';

/** How SES and SNS respond: normally, with an error, or, although they accepted the message, with an incomplete or invalid response. */
export type ProviderBehavior =
  | 'normal'
  | 'throttling'
  | 'down'
  | 'refusing'
  | 'opted out'
  | 'silent'
  | 'cut off'
  | 'stalled'
  | 'failing'
  | 'unreachable';

/** A fake of SES and SNS: the local message catcher, which can fail as they do. */
export interface TestProvider {
  readonly endpoint: string;
  behavior: ProviderBehavior;
  /** The number of requests, with any outcome. */
  requestCount: number;
  /** Returns the accepted messages, newest first. */
  acceptedMessages(): readonly CaughtMessage[];
  /** The events so far, oldest first, as SNS message bodies. */
  readonly events: string[];
  stop(): Promise<void>;
}

const REFUSALS: Partial<Record<ProviderBehavior, readonly [number, string, string]>> = {
  throttling: [429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'],
  down: [503, 'ServiceUnavailable', 'Try later.'],
  refusing: [400, 'BadRequestException', 'Illegal address.'],
  'opted out': [400, 'InvalidParameter', 'Phone number is opted out'],
};

/** Starts a provider on the loopback interface. */
export async function startTestProvider(): Promise<TestProvider> {
  const events: string[] = [];
  const mail = await startMessageCatcher({ onEmailSent: (_, event) => void events.push(JSON.stringify(event)) });
  const server = await listen(async (request, response) => {
    provider.requestCount += 1;
    const body = await text(request);
    if (provider.behavior === 'unreachable') return void request.socket.destroy();
    const refusal = REFUSALS[provider.behavior];
    if (refusal) return void respondWithRefusal(refusal, request.url === '/');
    const catcherResponse = await fetch(`${mail.pageUrl}${request.url}`, { method: 'POST', body });
    const catcherBody = await catcherResponse.text();
    if (provider.behavior === 'silent') return void request.socket.destroy();
    if (provider.behavior === 'failing')
      return void response.writeHead(500, { 'Content-Type': 'text/html' }).end('<p>Sorry');
    const headers = {
      'Content-Type': catcherResponse.headers.get('Content-Type') ?? '',
      'Content-Length': catcherBody.length,
    };
    response.writeHead(catcherResponse.status, headers);
    if (provider.behavior !== 'cut off' && provider.behavior !== 'stalled') return void response.end(catcherBody);
    response.write(catcherBody.slice(0, -1), () => provider.behavior === 'cut off' && request.socket.destroy());

    function respondWithRefusal([status, code, message]: readonly [number, string, string], isSms: boolean): void {
      const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      response.writeHead(status, { 'Content-Type': isSms ? 'text/xml' : 'application/json', 'x-amzn-ErrorType': code });
      response.end(isSms ? xml : JSON.stringify({ message }));
    }
  }, 0);
  const provider: TestProvider = {
    endpoint: server.url,
    behavior: 'normal',
    requestCount: 0,
    acceptedMessages: mail.messages,
    events,
    stop: async () => {
      await server.stop(0);
      await mail.stop();
    },
  };
  return provider;
}
