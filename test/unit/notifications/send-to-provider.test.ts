import { describe, expect, it } from 'vitest';
import { sendToProvider, stopAfterPostponement } from '../../../lambdas/notifications/send-to-provider.ts';

const createServiceError = (httpStatusCode: number, name: string, message = '') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
const createConnectionError = (code: string) => Object.assign(new Error(code), { code, $metadata: {} });
const createConnectError = (code: string) => Object.assign(createConnectionError(code), { syscall: 'connect' });

describe('a failure of a provider', () => {
  it.each([
    [createServiceError(429, 'TooManyRequestsException'), 'postponed'],
    [createServiceError(400, 'ThrottlingException'), 'postponed'],
    [createServiceError(400, 'SendingPausedException'), 'postponed'],
    [createServiceError(400, 'MessageRejected', 'Email address is not verified.'), 'postponed'],
    [createServiceError(403, 'AccessDeniedException'), 'postponed'],
    [createServiceError(404, 'NotFoundException', 'Configuration set does not exist'), 'postponed'],
    [createServiceError(503, 'ServiceUnavailable'), 'postponed'],
    [createConnectionError('DEPTH_ZERO_SELF_SIGNED_CERT'), 'postponed'],
    [createConnectionError('ERR_TLS_CERT_ALTNAME_INVALID'), 'postponed'],
    // Accepted, but the response was lost.
    [createServiceError(200, 'SyntaxError', 'Unexpected end of JSON input'), 'unknown'],
    [createServiceError(500, 'InternalFailure'), 'unknown'],
    [createServiceError(502, 'SyntaxError'), 'unknown'],
    [createServiceError(504, 'SyntaxError'), 'unknown'],
    [createServiceError(400, 'MessageRejected', 'A virus.'), 'refused'],
    [createServiceError(400, 'BadRequestException'), 'refused'],
    [createServiceError(400, 'InvalidParameterException', 'Phone number is opted out'), 'opted_out'],
    [createConnectionError('ECONNREFUSED'), 'postponed'],
    [createConnectionError('ENOTFOUND'), 'postponed'],
    [new AggregateError([createConnectionError('ECONNREFUSED'), createConnectionError('ECONNREFUSED')]), 'postponed'],
    [new AggregateError([createConnectError('ETIMEDOUT'), createConnectError('ECONNREFUSED')]), 'postponed'],
    [createServiceError(403, 'RequestTimeTooSkewed'), 'postponed'],
    [createServiceError(408, 'RequestTimeout'), 'unknown'],
    [createConnectionError('ETIMEDOUT'), 'unknown'],
    [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'postponed'],
    [createConnectionError('ECONNRESET'), 'unknown'],
    [createConnectionError('EPIPE'), 'unknown'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'unknown'],
    ['anything', 'unknown'],
  ])('%s has the outcome %s', async (error, outcome) => {
    expect(await sendToProvider(() => Promise.reject(error))).toMatchObject({ outcome });
  });

  it('is reported by its code, without its message', async () => {
    const result = await sendToProvider(() =>
      Promise.reject(createServiceError(400, 'MessageRejected', 'ana@example.com is bad')),
    );
    expect(result).toEqual({ outcome: 'refused', reason: 'MessageRejected' });
  });
});

it('a batch stops sending after the first postponement, but not after a refusal', async () => {
  let sendCount = 0;
  const outcomes = ['refused', 'accepted', 'postponed', 'accepted'] as const;
  const prepare = stopAfterPostponement(async () => async () => ({
    outcome: outcomes[sendCount++] ?? 'accepted',
    reason: '',
    providerId: '',
  }));
  const seen: string[] = [];
  for (let i = 0; i < 5; i += 1) seen.push((await (await prepare(0))()).outcome);
  expect(seen).toEqual(['refused', 'accepted', 'postponed', 'postponed', 'postponed']);
});
