import { describe, expect, it } from 'vitest';
import { ask, patient } from '../../../lambdas/notifications/provider.ts';

const answered = (httpStatusCode: number, name: string, message = '') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
const unanswered = (code: string) => Object.assign(new Error(code), { code, $metadata: {} });
const unconnected = (code: string) => Object.assign(unanswered(code), { syscall: 'connect' });

describe('a failure of a provider', () => {
  it.each([
    [answered(429, 'TooManyRequestsException'), 'postponed'],
    [answered(400, 'ThrottlingException'), 'postponed'],
    [answered(400, 'SendingPausedException'), 'postponed'],
    [answered(400, 'MessageRejected', 'Email address is not verified.'), 'postponed'],
    [answered(403, 'AccessDeniedException'), 'postponed'],
    [answered(404, 'NotFoundException', 'Configuration set does not exist'), 'postponed'],
    [answered(503, 'ServiceUnavailable'), 'postponed'],
    [unanswered('DEPTH_ZERO_SELF_SIGNED_CERT'), 'postponed'],
    [unanswered('ERR_TLS_CERT_ALTNAME_INVALID'), 'postponed'],
    // Taken, and the answer was lost on its way.
    [answered(200, 'SyntaxError', 'Unexpected end of JSON input'), 'unknown'],
    [answered(500, 'InternalFailure'), 'unknown'],
    [answered(502, 'SyntaxError'), 'unknown'],
    [answered(504, 'SyntaxError'), 'unknown'],
    [answered(400, 'MessageRejected', 'A virus.'), 'refused'],
    [answered(400, 'BadRequestException'), 'refused'],
    [answered(400, 'InvalidParameterException', 'Phone number is opted out'), 'opted_out'],
    [unanswered('ECONNREFUSED'), 'postponed'],
    [unanswered('ENOTFOUND'), 'postponed'],
    [new AggregateError([unanswered('ECONNREFUSED'), unanswered('ECONNREFUSED')]), 'postponed'],
    [new AggregateError([unconnected('ETIMEDOUT'), unconnected('ECONNREFUSED')]), 'postponed'],
    [answered(403, 'RequestTimeTooSkewed'), 'postponed'],
    [answered(408, 'RequestTimeout'), 'unknown'],
    [unanswered('ETIMEDOUT'), 'unknown'],
    [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'postponed'],
    [unanswered('ECONNRESET'), 'unknown'],
    [unanswered('EPIPE'), 'unknown'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'unknown'],
    ['anything', 'unknown'],
  ])('%s: %s', async (error, outcome) => {
    expect(await ask(() => Promise.reject(error))).toMatchObject({ outcome });
  });

  it('is told by its code and nothing that it quotes', async () => {
    const taking = await ask(() => Promise.reject(answered(400, 'MessageRejected', 'ana@example.com is bad')));
    expect(taking).toEqual({ outcome: 'refused', reason: 'MessageRejected' });
  });
});

it('after it took nothing once, a batch asks no more; what it refuses is no reason', async () => {
  let asked = 0;
  const outcomes = ['refused', 'taken', 'postponed', 'taken'] as const;
  const prepare = patient(async () => async () => ({
    outcome: outcomes[asked++] ?? 'taken',
    reason: '',
    providerId: '',
  }));
  const seen: string[] = [];
  for (let i = 0; i < 5; i += 1) seen.push((await (await prepare(0))()).outcome);
  expect(seen).toEqual(['refused', 'taken', 'postponed', 'postponed', 'postponed']);
});
