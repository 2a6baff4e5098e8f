import { text } from 'node:stream/consumers';
import { listen } from '../../local/gateway/listen.ts';
import type { CaughtMessage } from '../../local/mail/caught-message.ts';
import { startMail } from '../../local/mail/mail.ts';

/** How SES and SNS take what they are asked: as they do, with a refusal, or without a whole answer, or with a wrong one, though they have taken it. */
export type Mood =
  | 'well'
  | 'throttling'
  | 'down'
  | 'refusing'
  | 'opted out'
  | 'silent'
  | 'cut off'
  | 'stalled'
  | 'failing'
  | 'unreachable';

/** What stands for SES and SNS: the local catcher, which can be made to fail as they do. */
export interface Provider {
  readonly endpoint: string;
  mood: Mood;
  /** How often it was asked, whatever it made of it. */
  asked: number;
  /** What it has taken, newest first. */
  taken(): readonly CaughtMessage[];
  /** What it would have told by now, oldest first, as SNS hands it over. */
  readonly events: string[];
  stop(): Promise<void>;
}

const REFUSALS: Partial<Record<Mood, readonly [number, string, string]>> = {
  throttling: [429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'],
  down: [503, 'ServiceUnavailable', 'Try later.'],
  refusing: [400, 'BadRequestException', 'Illegal address.'],
  'opted out': [400, 'InvalidParameter', 'Phone number is opted out'],
};

/** Starts it on loopback. */
export async function startProvider(): Promise<Provider> {
  const events: string[] = [];
  const mail = await startMail({ onTaken: (_, event) => void events.push(JSON.stringify(event)) });
  const server = await listen(async (request, response) => {
    provider.asked += 1;
    const body = await text(request);
    if (provider.mood === 'unreachable') return void request.socket.destroy();
    const refusal = REFUSALS[provider.mood];
    if (refusal) return void refuse(refusal, request.url === '/');
    const answer = await fetch(`${mail.mailUrl}${request.url}`, { method: 'POST', body });
    const answered = await answer.text();
    if (provider.mood === 'silent') return void request.socket.destroy();
    if (provider.mood === 'failing')
      return void response.writeHead(500, { 'Content-Type': 'text/html' }).end('<p>Sorry');
    const headers = { 'Content-Type': answer.headers.get('Content-Type') ?? '', 'Content-Length': answered.length };
    response.writeHead(answer.status, headers);
    if (provider.mood !== 'cut off' && provider.mood !== 'stalled') return void response.end(answered);
    response.write(answered.slice(0, -1), () => provider.mood === 'cut off' && request.socket.destroy());

    function refuse([status, code, message]: readonly [number, string, string], isSms: boolean): void {
      const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      response.writeHead(status, { 'Content-Type': isSms ? 'text/xml' : 'application/json', 'x-amzn-ErrorType': code });
      response.end(isSms ? xml : JSON.stringify({ message }));
    }
  }, 0);
  const provider: Provider = {
    endpoint: server.url,
    mood: 'well',
    asked: 0,
    taken: mail.messages,
    events,
    stop: async () => {
      await server.stop(0);
      await mail.stop();
    },
  };
  return provider;
}
