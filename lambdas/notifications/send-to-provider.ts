/** The result of sending a message to a provider. */
export type SendResult =
  | { readonly outcome: 'accepted'; readonly providerId: string }
  /** The provider accepts no messages at this time. */
  | { readonly outcome: 'postponed'; readonly reason: string }
  /** The provider refuses this message. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The owner of this number has opted out of messages. */
  | { readonly outcome: 'opted_out'; readonly reason: string }
  /** The provider may have accepted the message: there was no clear response. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/**
 * The timeouts for a provider in milliseconds: for the connection, for the start of the response (without `throwOnRequestTimeout` the
 * SDK only logs a warning) and for an idle socket.
 */
export const PROVIDER_TIMEOUTS = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
  socketTimeout: 5_000,
} as const;

/** Sends a prepared message to its provider. Never throws: an error does not prove that the provider did not accept the message. */
export type Send = () => Promise<SendResult>;

/** Calls a provider and classifies its response. `send` returns the provider's id of the message. */
export async function sendToProvider(send: () => Promise<string | undefined>): Promise<SendResult> {
  try {
    return { outcome: 'accepted', providerId: (await send()) ?? '' };
  } catch (error) {
    return { outcome: classifyError(error), reason: getErrorCode(error) };
  }
}

/** Wraps a provider for one batch: after the first postponed message it postpones all others without a call. */
export function stopAfterPostponement<Message>(
  prepare: (message: Message) => Promise<Send>,
): (message: Message) => Promise<Send> {
  let postponed: SendResult | undefined;
  return async (message) => {
    const send = await prepare(message);
    return async () => {
      if (postponed) return postponed;
      const result = await send();
      if (result.outcome === 'postponed') postponed = result;
      return result;
    };
  };
}

function classifyError(error: unknown): Exclude<SendResult['outcome'], 'accepted'> {
  if (!(error instanceof Error)) return 'unknown';
  const status = getHttpStatus(error);
  if (status === undefined) return wasNeverSent(error) ? 'postponed' : 'unknown';
  if (/opted out/i.test(error.message)) return 'opted_out';
  if (status === 429 || status === 503 || POSTPONING_ERRORS.test(error.name) || UNVERIFIED_IDENTITY.test(error.message))
    return 'postponed';
  // With any other status (408, 5xx, a truncated response) the provider may have accepted the message.
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}

/** Returns the HTTP status of the provider's response; undefined if there was none. */
function getHttpStatus(error: Error): number | undefined {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

// Throttling, an account or identity that may not send (yet), or missing permissions: the message is not the cause.
const POSTPONING_ERRORS =
  /Throttl|TooManyRequests|LimitExceeded|SendingPaused|AccountSuspended|NotVerified|AccessDenied|Authorization|MissingAuthentication|OptInRequired|ExpiredToken|RequestExpired|RequestTimeTooSkewed|InvalidClientToken|UnrecognizedClient|Signature|NotFound/;
// SES returns this as MessageRejected for the sender's domain and, in its sandbox, for the recipient.
const UNVERIFIED_IDENTITY = /not verified/i;

// The host is unreachable, or its certificate is not valid: nothing was sent.
const NOT_CONNECTED_CODES =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|ERR_TLS_CERT_.*|.*_SELF_SIGNED_CERT.*|SELF_SIGNED_CERT.*|UNABLE_TO_.*)$/;

/** Whether nothing was sent, because there was no connection or there were no credentials. */
function wasNeverSent(error: Error): boolean {
  if ('syscall' in error && error.syscall === 'connect') return true;
  if ('code' in error && NOT_CONNECTED_CODES.test(String(error.code))) return true;
  if (error instanceof AggregateError)
    return error.errors.every((inner) => inner instanceof Error && wasNeverSent(inner));
  return error.name === 'CredentialsProviderError' || /did not establish a connection/.test(error.message);
}

/** Returns the code or name of an error, not its message, which may quote the recipient or the text. */
function getErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
