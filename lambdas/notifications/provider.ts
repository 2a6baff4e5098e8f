/** What a provider has made of a message. */
export type Taking =
  | { readonly outcome: 'taken'; readonly providerId: string }
  /** It takes nothing at this time, whatever it is given. */
  | { readonly outcome: 'postponed'; readonly reason: string }
  /** It does not take this message. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Whoever has this number wants no more messages. */
  | { readonly outcome: 'opted_out'; readonly reason: string }
  /** It may have taken it: it has not answered. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/**
 * For how long a provider is waited for, in milliseconds: for a connection, for its answer to begin (of which it would only be warned
 * otherwise), and for the rest of it.
 */
export const PATIENCE = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
  socketTimeout: 5_000,
} as const;

/** Asks a provider to take a message that is ready. Never throws: whatever happens may have happened after it was taken. */
export type Send = () => Promise<Taking>;

/** Gives a message to a provider and says what it made of it. */
export async function ask(send: () => Promise<string | undefined>): Promise<Taking> {
  try {
    return { outcome: 'taken', providerId: (await send()) ?? '' };
  } catch (error) {
    return { outcome: outcomeOf(error), reason: codeOf(error) };
  }
}

/** The same provider, which after it once took nothing is not asked again: of a batch, the first finds out for all. */
export function patient<Message>(prepare: (message: Message) => Promise<Send>): (message: Message) => Promise<Send> {
  let closed: Taking | undefined;
  return async (message) => {
    const send = await prepare(message);
    return async () => {
      if (closed) return closed;
      const taking = await send();
      if (taking.outcome === 'postponed') closed = taking;
      return taking;
    };
  };
}

function outcomeOf(error: unknown): Exclude<Taking['outcome'], 'taken'> {
  if (!(error instanceof Error)) return 'unknown';
  const status = statusOf(error);
  if (status === undefined) return wasNeverAsked(error) ? 'postponed' : 'unknown';
  if (/opted out/i.test(error.message)) return 'opted_out';
  if (status === 429 || status === 503 || TAKES_NOTHING.test(error.name) || UNVERIFIED.test(error.message))
    return 'postponed';
  // An answer that was cut off, or came from something in between: what was asked may have been done.
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}

/** That of the provider's answer; undefined when there was none. */
function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

// Too much at once, an account or an identity that may not send (yet), or we may not ask: none of it is the message's fault.
const TAKES_NOTHING =
  /Throttl|TooManyRequests|LimitExceeded|SendingPaused|AccountSuspended|NotVerified|AccessDenied|Authorization|MissingAuthentication|OptInRequired|ExpiredToken|RequestExpired|RequestTimeTooSkewed|InvalidClientToken|UnrecognizedClient|Signature|NotFound/;
// SES says this of a sender's domain, and in its sandbox of the recipient, as MessageRejected.
const UNVERIFIED = /not verified/i;

// Nobody there, or somebody who is not who they should be: then nothing has been said to them.
const NEVER_ASKED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|ERR_TLS_CERT_.*|.*_SELF_SIGNED_CERT.*|SELF_SIGNED_CERT.*|UNABLE_TO_.*)$/;

/** Whether nothing has left us: no connection came about, or nobody to sign as. */
function wasNeverAsked(error: Error): boolean {
  if ('syscall' in error && error.syscall === 'connect') return true;
  if ('code' in error && NEVER_ASKED.test(String(error.code))) return true;
  if (error instanceof AggregateError) return error.errors.every((one) => one instanceof Error && wasNeverAsked(one));
  return error.name === 'CredentialsProviderError' || /did not establish a connection/.test(error.message);
}

/** Says what kind of failure it is, and nothing of what a provider quotes. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
