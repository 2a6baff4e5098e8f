import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCacheTokenProvider } from '../../../lambdas/shared/cache-token.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');

describe('a cache token', () => {
  it('is a connect request for the user, signed with AWS Signature Version 4 and valid for 15 minutes', async () => {
    vi.useFakeTimers({ now: new Date('2026-05-04T10:20:30Z'), toFake: ['Date'] });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session+/=');
    const token = await createCacheTokenProvider({
      CACHE_NAME: 'medbook-cache',
      CACHE_USER: 'medbook-dev-patient-api',
    })();

    const { host, pathname, searchParams } = new URL(`http://${token}`);
    expect({ host, pathname, ...Object.fromEntries(searchParams) }).toMatchObject({
      host: 'medbook-cache',
      pathname: '/',
      Action: 'connect',
      User: 'medbook-dev-patient-api',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260504/eu-west-1/elasticache/aws4_request',
      'X-Amz-Date': '20260504T102030Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'session+/=',
      'X-Amz-SignedHeaders': 'host',
    });

    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    const query = [...searchParams]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map((pair) => pair.map(encodeURIComponent).join('='))
      .sort()
      .join('&');
    const canonical = ['GET', '/', query, 'host:medbook-cache', '', 'host', sha256('')].join('\n');
    const scope = '20260504/eu-west-1/elasticache/aws4_request';
    const key = scope.split('/').reduce<string | Buffer>(hmac, 'AWS4secret');
    const signature = hmac(key, ['AWS4-HMAC-SHA256', '20260504T102030Z', scope, sha256(canonical)].join('\n'));
    expect(searchParams.get('X-Amz-Signature')).toBe(signature.toString('hex'));
  });

  it('is signed again on each call', async () => {
    vi.useFakeTimers({ now: new Date('2026-05-04T10:20:30Z'), toFake: ['Date'] });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const createToken = createCacheTokenProvider({
      CACHE_NAME: 'medbook-cache',
      CACHE_USER: 'medbook-dev-patient-api',
    });
    const first = await createToken();
    vi.setSystemTime(new Date('2026-05-04T22:20:30Z'));
    expect(await createToken()).not.toBe(first);
  });
});
