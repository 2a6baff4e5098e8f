import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CacheAddress, connectCache } from '../../../lambdas/shared/cache.ts';
import { createRateLimitMiddleware } from '../../../lambdas/shared/http/rate-limit-middleware.ts';
import type { Trace } from '../../../lambdas/shared/trace.ts';
import { createClaims } from '../../support/http/in-process-api.ts';
import { callHandler, createRateLimitedHandler } from '../../support/http/rate-limited-handler.ts';
import { startTcpProxy } from '../../support/proxy/tcp-proxy.ts';
import { startTestRedis } from '../../support/redis/test-redis.ts';

const CLIENT_PROCESS = fileURLToPath(new URL('../../support/http/rate-limit-client-process.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** No server listens there. */
const UNREACHABLE_CACHE: CacheAddress = {
  CACHE_HOST: '127.0.0.1',
  CACHE_PORT: 1,
  CACHE_NAME: 'test',
  CACHE_USER: 'nobody',
};

const redis = await startTestRedis();
const address = redis?.address ?? UNREACHABLE_CACHE;
afterAll(() => redis?.stop());

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

const listCacheErrors = () => lines.filter((line) => line.includes('cache_unavailable'));
const countFailures = () => lines.filter((line) => line.includes('"CacheFailures":')).length;

/** Creates a random IP address, which no other test uses. */
const createIpAddress = () => `2001:db8::${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;

describe.skipIf(!redis)('the rate limit', () => {
  const cache = connectCache(address, { timeoutMilliseconds: 5_000 });
  const createHandler = (limit: Partial<Parameters<typeof createRateLimitMiddleware>[0]> = {}) =>
    createRateLimitedHandler(createRateLimitMiddleware({ cache, requests: 3, ...limit }));

  it('accepts exactly 100 requests of one address that several processes receive concurrently', async () => {
    const sourceIp = createIpAddress();
    const clientProcesses = await Promise.all(
      [45, 45, 45, 45].map((times) => startClientProcess({ cache: address, sourceIp, times })),
    );
    const statusCounts = await Promise.all(clientProcesses.map(({ go }) => go()));
    const sum = (status: string) => statusCounts.reduce((total, counts) => total + (counts[status] ?? 0), 0);
    expect({ passed: sum('200'), refused: sum('429') }).toEqual({ passed: 100, refused: 80 });
  });

  it('is separate for each address', async () => {
    const handler = createHandler();
    const [busy, other] = [createIpAddress(), createIpAddress()];
    for (let i = 0; i < 3; i++) await callHandler(handler, { sourceIp: busy });
    expect((await callHandler(handler, { sourceIp: busy })).status).toBe(429);
    expect((await callHandler(handler, { sourceIp: other })).status).toBe(200);
  });

  it('counts the requests of a user from all addresses together, separately from other users', async () => {
    const handler = createHandler();
    const [patientSub, otherPatientSub] = [randomUUID(), randomUUID()];
    const callAs = (sub: string, sourceIp = createIpAddress()) =>
      callHandler(handler, { route: 'GET /mine', claims: createClaims(sub, 'patient'), sourceIp });
    const home = createIpAddress();
    for (let i = 0; i < 3; i++) expect((await callAs(patientSub)).status).toBe(200);
    expect((await callAs(patientSub, home)).status).toBe(429);
    expect((await callAs(otherPatientSub, home)).status).toBe(200);
    expect((await callHandler(handler, { sourceIp: home })).status).toBe(200);
  });

  it('ignores the address in request headers', async () => {
    const handler = createHandler();
    const sourceIp = createIpAddress();
    const createForgedHeaders = () => {
      const other = createIpAddress();
      return { 'X-Forwarded-For': other, 'X-Real-IP': other, Forwarded: `for="[${other}]"`, 'CF-Connecting-IP': other };
    };
    for (let i = 0; i < 3; i++) await callHandler(handler, { sourceIp, headers: createForgedHeaders() });
    expect((await callHandler(handler, { sourceIp, headers: createForgedHeaders() })).status).toBe(429);
  });

  it('also counts refused requests', async () => {
    const handler = createHandler();
    const sourceIp = createIpAddress();
    const anonymous = { route: 'GET /mine', sourceIp };
    const unknown = { route: 'GET /nothing', sourceIp };
    const statuses: number[] = [];
    for (const call of [anonymous, unknown, anonymous, anonymous]) {
      statuses.push((await callHandler(handler, call)).status);
    }
    expect(statuses).toEqual([401, 404, 401, 429]);

    const claims = createClaims(randomUUID(), 'patient');
    const forbidden: number[] = [];
    for (let i = 0; i < 4; i++) forbidden.push((await callHandler(handler, { route: 'GET /theirs', claims })).status);
    expect(forbidden).toEqual([403, 403, 403, 429]);
  });

  it('is in the headers of every response: the remaining requests and the seconds until the window ends', async () => {
    const handler = createHandler();
    const sourceIp = createIpAddress();
    const responses = [];
    for (const route of ['GET /things', 'GET /nothing', 'GET /things', 'GET /things'])
      responses.push(await callHandler(handler, { route, sourceIp }));
    for (const { headers } of responses) {
      expect(headers).toMatchObject({
        'RateLimit-Policy': '"address";q=3;w=900',
        'Access-Control-Expose-Headers': expect.stringMatching(/RateLimit, RateLimit-Policy.*Retry-After/),
      });
    }
    const remaining = responses.map(
      ({ headers }) => /^"address";r=(\d);t=(900|899)$/.exec(String(headers?.RateLimit))?.[1],
    );
    expect(remaining).toEqual(['2', '1', '0', '0']);
    const [last] = responses.slice(-1);
    expect(last).toMatchObject({
      status: 429,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': expect.stringMatching(/^(900|899)$/) },
      body: {
        code: 'rate_limited',
        detail: 'At most 3 requests in 15 minutes are allowed. Wait before you try again.',
      },
    });
    expect(responses[0]?.headers).not.toHaveProperty('Retry-After');
    const mine = await callHandler(handler, { route: 'GET /mine', claims: createClaims(randomUUID(), 'patient') });
    expect(mine.headers).toMatchObject({ 'RateLimit-Policy': '"user";q=3;w=900' });
  });

  it('is a step in the trace of the request', async () => {
    const names: string[] = [];
    const trace: Trace = (name, work) => {
      names.push(name);
      return work();
    };
    const traced = connectCache(address, { timeoutMilliseconds: 5_000, trace });
    expect(
      (
        await callHandler(createRateLimitedHandler(createRateLimitMiddleware({ cache: traced, requests: 3 })), {
          sourceIp: createIpAddress(),
        })
      ).status,
    ).toBe(200);
    expect(names).toEqual(['Valkey']);
  });

  it("is returned together with the route's own limit", async () => {
    const claims = createClaims(randomUUID(), 'patient');
    const { headers } = await callHandler(createHandler(), { route: 'POST /mine', claims });
    expect(headers).toMatchObject({
      'RateLimit-Policy': '"user";q=3;w=900, "bookings";q=5;w=60',
      RateLimit: expect.stringMatching(/^"user";r=2;t=(900|899), "bookings";r=0;t=34$/),
      'Retry-After': '34',
    });
  });

  it('starts again when the window ends', async () => {
    const handler = createHandler({ requests: 1, windowSeconds: 1 });
    const sourceIp = createIpAddress();
    expect((await callHandler(handler, { sourceIp })).status).toBe(200);
    const refused = await callHandler(handler, { sourceIp });
    expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
    await expect.poll(async () => (await callHandler(handler, { sourceIp })).status, { timeout: 3_000 }).toBe(200);
  });

  it('does not apply if it is 0', async () => {
    const response = await callHandler(createHandler({ requests: 0 }));
    expect(response.status).toBe(200);
    expect(response.headers).not.toHaveProperty('RateLimit');
  });

  it('keeps its counters until the end of the window', async () => {
    const sourceIp = createIpAddress();
    await callHandler(createHandler(), { sourceIp });
    const remainingMilliseconds = await cache.use((client) => client.pttl(`limit:address:${sourceIp}`));
    expect(remainingMilliseconds).toBeGreaterThan(890_000);
    expect(remainingMilliseconds).toBeLessThanOrEqual(900_000);
  });

  it('writes no addresses to the log', async () => {
    const sourceIp = createIpAddress();
    const handler = createHandler();
    for (let i = 0; i < 4; i++) await callHandler(handler, { sourceIp });
    expect(lines.join()).toContain('"status":429');
    expect(lines.join()).not.toContain(sourceIp);
  });

  interface CallOptions {
    readonly cache: CacheAddress;
    readonly sourceIp: string;
    readonly times: number;
  }

  async function startClientProcess(options: CallOptions): Promise<{ go(): Promise<Record<string, number>> }> {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: redis?.caPath };
    const child = spawn(process.execPath, [CLIENT_PROCESS, JSON.stringify(options)], {
      cwd: PROJECT,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [ready] = await once(child.stdout, 'data');
    expect(String(ready)).toBe('ready\n');
    return {
      go: async () => {
        child.stdin.end('go');
        const countsLine = (await text(child.stdout))
          .split('\n')
          .findLast((line) => line.startsWith('{"2') || line.startsWith('{"4'));
        return JSON.parse(countsLine ?? '{}');
      },
    };
  }
});

describe('with an unavailable cache', () => {
  /** The longest wait that the design allows for one request, doubled because the machine may be busy. */
  const LONGEST_MILLISECONDS = 200;

  /** Sends requests one after the other and expects a response to each. */
  async function callSequentially(
    handler: ReturnType<typeof createRateLimitedHandler>,
    times: number,
    sourceIp: string,
  ) {
    let longestMilliseconds = 0;
    let limitedCount = 0;
    const startedAt = performance.now();
    for (let i = 0; i < times; i++) {
      const calledAt = performance.now();
      const { status, headers } = await callHandler(handler, { sourceIp });
      longestMilliseconds = Math.max(longestMilliseconds, performance.now() - calledAt);
      expect(status).toBe(200);
      if (headers && 'RateLimit' in headers) limitedCount += 1;
    }
    return { longestMilliseconds, limitedCount, totalMilliseconds: performance.now() - startedAt };
  }

  it('every request is accepted at once and one log line is written if the cache refuses connections', async () => {
    const handler = createRateLimitedHandler(
      createRateLimitMiddleware({ cache: connectCache(UNREACHABLE_CACHE), requests: 3 }),
    );
    const { longestMilliseconds, limitedCount } = await callSequentially(handler, 200, createIpAddress());
    expect(limitedCount).toBe(0);
    expect(longestMilliseconds).toBeLessThan(LONGEST_MILLISECONDS);
    expect(listCacheErrors()).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(countFailures()).toBeGreaterThan(0);
  });

  it('few requests wait, and none longer than the timeout, if the cache accepts connections but never responds', async () => {
    const proxy = await startTcpProxy({});
    onTestFinished(() => proxy.stop());
    proxy.stopResponding();
    const silentCache = connectCache({ ...UNREACHABLE_CACHE, CACHE_PORT: proxy.port });
    const handler = createRateLimitedHandler(createRateLimitMiddleware({ cache: silentCache, requests: 3 }));
    const { longestMilliseconds, limitedCount, totalMilliseconds } = await callSequentially(
      handler,
      200,
      createIpAddress(),
    );
    expect(limitedCount).toBe(0);
    expect(longestMilliseconds).toBeLessThan(LONGEST_MILLISECONDS);
    expect(totalMilliseconds).toBeLessThan(3 * LONGEST_MILLISECONDS);
    expect(listCacheErrors()).toEqual([expect.stringContaining('No response within 100 ms')]);
  });

  describe.skipIf(!redis)('or a cache that is unavailable for a while', () => {
    /** Creates a handler whose connection to the cache can be broken. */
    async function createSwitchableHandler(options: Parameters<typeof connectCache>[1] = {}) {
      const proxy = await startTcpProxy({ port: address.CACHE_PORT });
      onTestFinished(() => proxy.stop());
      const cache = connectCache({ ...address, CACHE_PORT: proxy.port }, options);
      return {
        proxy,
        handler: createRateLimitedHandler(createRateLimitMiddleware({ cache, requests: 100 })),
      };
    }

    it.each(['closeConnections', 'stopResponding'] as const)(
      'no request is refused during %s, and the count continues afterwards',
      async (fault) => {
        const { proxy, handler } = await createSwitchableHandler();
        const sourceIp = createIpAddress();
        await expect.poll(() => callHandler(handler, { sourceIp })).toHaveProperty('headers.RateLimit');
        const before = await callSequentially(handler, 10, sourceIp);
        expect(before.limitedCount).toBe(10);

        proxy[fault]();
        const during = await callSequentially(handler, 300, sourceIp);
        expect(during.limitedCount).toBe(0);
        expect(during.longestMilliseconds).toBeLessThan(LONGEST_MILLISECONDS);
        expect(listCacheErrors()).toHaveLength(1);

        proxy.forwardTo(address.CACHE_PORT);
        await expect
          .poll(() => callHandler(handler, { sourceIp }), { timeout: 5_000 })
          .toHaveProperty('headers.RateLimit');
        expect(listCacheErrors()).toHaveLength(1);
        const { headers } = await callHandler(handler, { sourceIp });
        expect(Number(/r=(\d+)/.exec(String(headers?.RateLimit))?.[1])).toBeLessThan(88);
      },
    );

    it('later requests are counted if connecting takes longer than the timeout of a request', async () => {
      const { proxy, handler } = await createSwitchableHandler();
      // TLS and authentication take three round trips through the proxy; the TCP handshake takes none.
      proxy.forwardTo(address.CACHE_PORT, { delayMilliseconds: 40 });
      const first = await callHandler(handler, { sourceIp: createIpAddress() });
      expect(first.headers).not.toHaveProperty('RateLimit');
      await expect.poll(() => callHandler(handler), { timeout: 5_000 }).toHaveProperty('headers.RateLimit');
    });

    it('no request is refused if the cache rejects the user', async () => {
      const unknownUserCache = connectCache({ ...address, CACHE_USER: 'stranger' });
      const handler = createRateLimitedHandler(createRateLimitMiddleware({ cache: unknownUserCache, requests: 3 }));
      const { longestMilliseconds, limitedCount } = await callSequentially(handler, 50, createIpAddress());
      expect(limitedCount).toBe(0);
      expect(longestMilliseconds).toBeLessThan(LONGEST_MILLISECONDS);
      expect(listCacheErrors()).toEqual([expect.stringContaining('WRONGPASS')]);
    });

    it('the failure is logged at most once a minute', async () => {
      let now = 0;
      const cache = connectCache(UNREACHABLE_CACHE, { clock: () => now });
      for (; now <= 150_000; now += 1_000) await cache.use((client) => client.ping());
      expect(listCacheErrors()).toHaveLength(3);
    });
  });
});

describe.skipIf(!redis)('the connection', () => {
  const readLocalPort = (cache: ReturnType<typeof connectCache>) =>
    cache.use(async ({ stream }) => Number(Object(stream).localPort));

  it('stays open and is replaced before ElastiCache closes it after twelve hours', async () => {
    let now = 0;
    const cache = connectCache(address, { timeoutMilliseconds: 5_000, clock: () => now });
    const first = await readLocalPort(cache);
    expect(first).toBeGreaterThan(0);
    now = 10.9 * 3_600_000;
    expect(await readLocalPort(cache)).toBe(first);
    now = 11.1 * 3_600_000;
    const second = await readLocalPort(cache);
    expect(second).toBeGreaterThan(Number(first));
    expect(await readLocalPort(cache)).toBe(second);
  });

  it('can run only the commands of the rate limit and the free-slot index, and only on their keys', async () => {
    const tryWrite = async (key: string) => {
      const cache = connectCache(address, { timeoutMilliseconds: 5_000 });
      return cache.use((client) => client.zadd(key, 1, 'member'));
    };
    expect(await tryWrite(`avail:{${randomUUID()}}`)).toBe(1);
    expect(await tryWrite('other')).toBeUndefined();
    const forbiddenCommands = [
      'FLUSHALL',
      'KEYS *',
      'SCAN 0',
      'RANDOMKEY',
      'DBSIZE',
      'CONFIG GET *',
      'ACL LIST',
      'CLIENT KILL ID 1',
      'SCRIPT FLUSH',
    ];
    for (const [name = '', ...args] of forbiddenCommands.map((line) => line.split(' '))) {
      const cache = connectCache(address, { timeoutMilliseconds: 5_000 });
      expect(await cache.use((client) => client.call(name, ...args))).toBeUndefined();
    }
    expect(lines.join()).toContain('NOPERM');
  });

  it('does not keep the process alive', async () => {
    const script = `
      import { connectCache } from './lambdas/shared/cache.ts';
      const cache = connectCache(${JSON.stringify(address)}, { timeoutMilliseconds: 5_000 });
      console.log(await cache.use((client) => client.ping()));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: PROJECT,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: redis?.caPath },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect({ output, code }).toEqual({ output: 'PONG\n', code: 0 });
  });
});
