import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CacheAddress, connectCache } from '../../lambdas/shared/cache.ts';
import { limitRequests, type RateLimit } from '../../lambdas/shared/http/rate-limit.ts';
import type { Trace } from '../../lambdas/shared/trace.ts';
import { claimsOf } from '../support/api.ts';
import { ask, limitedBy } from '../support/limited.ts';
import { startTestRedis } from '../support/redis.ts';
import { switchboard } from '../support/switchboard.ts';

const ASKER = fileURLToPath(new URL('../support/asker.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Nobody listens there. */
const NOWHERE: CacheAddress = { CACHE_HOST: '127.0.0.1', CACHE_PORT: '1', CACHE_NAME: 'test', CACHE_USER: 'nobody' };

const redis = await startTestRedis();
const address = redis?.address ?? NOWHERE;
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

const complaints = () => lines.filter((line) => line.includes('cache_unavailable'));
const failures = () => lines.filter((line) => line.includes('"CacheFailures":')).length;

/** An address that nobody has asked from before. */
const newAddress = () => `2001:db8::${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;

describe.skipIf(!redis)('the limit of requests', () => {
  const cache = connectCache(address, { patienceMilliseconds: 5_000 });
  const handlerOf = (limit: Partial<RateLimit> = {}) => limitedBy(limitRequests({ cache, requests: 3, ...limit }));

  it('lets exactly 100 of many requests of one address pass, asked of several functions at once', async () => {
    const sourceIp = newAddress();
    const askers = await Promise.all([45, 45, 45, 45].map((times) => startAsker({ cache: address, sourceIp, times })));
    const tallies = await Promise.all(askers.map(({ go }) => go()));
    const sum = (status: string) => tallies.reduce((total, tally) => total + (tally[status] ?? 0), 0);
    expect({ passed: sum('200'), refused: sum('429') }).toEqual({ passed: 100, refused: 80 });
  });

  it('is of each address alone', async () => {
    const handler = handlerOf();
    const [busy, other] = [newAddress(), newAddress()];
    for (let i = 0; i < 3; i++) await ask(handler, { sourceIp: busy });
    expect((await ask(handler, { sourceIp: busy })).status).toBe(429);
    expect((await ask(handler, { sourceIp: other })).status).toBe(200);
  });

  it('counts a user as a user, wherever they are, and not their neighbours', async () => {
    const handler = handlerOf();
    const [ana, bo] = [randomUUID(), randomUUID()];
    const as = (sub: string, sourceIp = newAddress()) =>
      ask(handler, { route: 'GET /mine', claims: claimsOf(sub, 'patient'), sourceIp });
    const home = newAddress();
    for (let i = 0; i < 3; i++) expect((await as(ana)).status).toBe(200);
    expect((await as(ana, home)).status).toBe(429);
    expect((await as(bo, home)).status).toBe(200);
    expect((await ask(handler, { sourceIp: home })).status).toBe(200);
  });

  it('is not misled by what headers say', async () => {
    const handler = handlerOf();
    const sourceIp = newAddress();
    const forged = () => {
      const other = newAddress();
      return { 'X-Forwarded-For': other, 'X-Real-IP': other, Forwarded: `for="[${other}]"`, 'CF-Connecting-IP': other };
    };
    for (let i = 0; i < 3; i++) await ask(handler, { sourceIp, headers: forged() });
    expect((await ask(handler, { sourceIp, headers: forged() })).status).toBe(429);
  });

  it('counts what is refused as well', async () => {
    const handler = handlerOf();
    const sourceIp = newAddress();
    const anonymous = { route: 'GET /mine', sourceIp };
    const unknown = { route: 'GET /nothing', sourceIp };
    const asked = [anonymous, unknown, anonymous, anonymous].map((call) => () => ask(handler, call));
    const statuses: number[] = [];
    for (const one of asked) statuses.push((await one()).status);
    expect(statuses).toEqual([401, 404, 401, 429]);

    const claims = claimsOf(randomUUID(), 'patient');
    const forbidden: number[] = [];
    for (let i = 0; i < 4; i++) forbidden.push((await ask(handler, { route: 'GET /theirs', claims })).status);
    expect(forbidden).toEqual([403, 403, 403, 429]);
  });

  it('says with every answer how much is left, and when to come again', async () => {
    const handler = handlerOf();
    const sourceIp = newAddress();
    const answers = [];
    for (const route of ['GET /things', 'GET /nothing', 'GET /things', 'GET /things'])
      answers.push(await ask(handler, { route, sourceIp }));
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'RateLimit-Policy': '"address";q=3;w=900',
        'Access-Control-Expose-Headers': expect.stringMatching(/RateLimit, RateLimit-Policy.*Retry-After/),
      });
    }
    const left = answers.map(({ headers }) => /^"address";r=(\d);t=(900|899)$/.exec(String(headers?.RateLimit))?.[1]);
    expect(left).toEqual(['2', '1', '0', '0']);
    const [last] = answers.slice(-1);
    expect(last).toMatchObject({
      status: 429,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': expect.stringMatching(/^(900|899)$/) },
      body: { code: 'rate_limited', detail: 'At most 3 requests in 15 minutes.' },
    });
    expect(answers[0]?.headers).not.toHaveProperty('Retry-After');
    const mine = await ask(handler, { route: 'GET /mine', claims: claimsOf(randomUUID(), 'patient') });
    expect(mine.headers).toMatchObject({ 'RateLimit-Policy': '"user";q=3;w=900' });
  });

  it('is a part of the trace of its request', async () => {
    const names: string[] = [];
    const trace: Trace = (name, work) => {
      names.push(name);
      return work();
    };
    const traced = connectCache(address, { patienceMilliseconds: 5_000, trace });
    expect(
      (await ask(limitedBy(limitRequests({ cache: traced, requests: 3 })), { sourceIp: newAddress() })).status,
    ).toBe(200);
    expect(names).toEqual(['Valkey']);
  });

  it('lists the limit of a route beside its own', async () => {
    const claims = claimsOf(randomUUID(), 'patient');
    const { headers } = await ask(handlerOf(), { route: 'POST /mine', claims });
    expect(headers).toMatchObject({
      'RateLimit-Policy': '"user";q=3;w=900, "bookings";q=5;w=60',
      RateLimit: expect.stringMatching(/^"user";r=2;t=(900|899), "bookings";r=0;t=34$/),
      'Retry-After': '34',
    });
  });

  it('begins anew when the window ends', async () => {
    const handler = handlerOf({ requests: 1, windowSeconds: 1 });
    const sourceIp = newAddress();
    expect((await ask(handler, { sourceIp })).status).toBe(200);
    const refused = await ask(handler, { sourceIp });
    expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
    await sleep(1_050);
    expect((await ask(handler, { sourceIp })).status).toBe(200);
  });

  it('of 0 is none', async () => {
    const answer = await ask(handlerOf({ requests: 0 }));
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('RateLimit');
  });

  it('keeps what it counts for the window and no longer', async () => {
    const sourceIp = newAddress();
    await ask(handlerOf(), { sourceIp });
    const left = await cache.use((client) => client.pttl(`limit:address:${sourceIp}`));
    expect(left).toBeGreaterThan(890_000);
    expect(left).toBeLessThanOrEqual(900_000);
  });

  it('notes nobody’s address', async () => {
    const sourceIp = newAddress();
    const handler = handlerOf();
    for (let i = 0; i < 4; i++) await ask(handler, { sourceIp });
    expect(lines.join()).toContain('"status":429');
    expect(lines.join()).not.toContain(sourceIp);
  });

  interface Asked {
    readonly cache: CacheAddress;
    readonly sourceIp: string;
    readonly times: number;
  }

  async function startAsker(asked: Asked): Promise<{ go(): Promise<Record<string, number>> }> {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: redis?.caPath };
    const child = spawn(process.execPath, [ASKER, JSON.stringify(asked)], {
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
        const tally = (await text(child.stdout))
          .split('\n')
          .findLast((line) => line.startsWith('{"2') || line.startsWith('{"4'));
        return JSON.parse(tally ?? '{}');
      },
    };
  }
});

describe('without a cache', () => {
  /** What the design allows one request to wait, and as much again for a busy machine. */
  const LONGEST_MILLISECONDS = 200;

  /** Asks so many times, one after the other, and demands an answer each time. */
  async function askInTurn(handler: ReturnType<typeof limitedBy>, times: number, sourceIp: string) {
    let longest = 0;
    let counted = 0;
    const began = performance.now();
    for (let i = 0; i < times; i++) {
      const asked = performance.now();
      const { status, headers } = await ask(handler, { sourceIp });
      longest = Math.max(longest, performance.now() - asked);
      expect(status).toBe(200);
      if (headers && 'RateLimit' in headers) counted += 1;
    }
    return { longest, counted, took: performance.now() - began };
  }

  it('that is absent, everybody is answered at once, and one line says so', async () => {
    const handler = limitedBy(limitRequests({ cache: connectCache(NOWHERE), requests: 3 }));
    const { longest, counted } = await askInTurn(handler, 200, newAddress());
    expect(counted).toBe(0);
    expect(longest).toBeLessThan(LONGEST_MILLISECONDS);
    expect(complaints()).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(failures()).toBeGreaterThan(0);
  });

  it('that takes connections and never answers, few requests wait, and briefly', async () => {
    const board = await switchboard(0);
    onTestFinished(() => board.stop());
    board.fallSilent();
    const silent = connectCache({ ...NOWHERE, CACHE_PORT: String(board.port) });
    const handler = limitedBy(limitRequests({ cache: silent, requests: 3 }));
    const { longest, counted, took } = await askInTurn(handler, 200, newAddress());
    expect(counted).toBe(0);
    expect(longest).toBeLessThan(LONGEST_MILLISECONDS);
    expect(took).toBeLessThan(3 * LONGEST_MILLISECONDS);
    expect(complaints()).toEqual([expect.stringContaining('No answer within 100 ms')]);
  });

  describe.skipIf(!redis)('for a time', () => {
    /** A function on a cache that can be taken away. */
    async function limited(options: Parameters<typeof connectCache>[1] = {}) {
      const board = await switchboard(Number(address.CACHE_PORT));
      onTestFinished(() => board.stop());
      const cache = connectCache({ ...address, CACHE_PORT: String(board.port) }, options);
      return { board, cache, handler: limitedBy(limitRequests({ cache, requests: 100 })) };
    }

    it.each(['hangUp', 'fallSilent'] as const)(
      '(%s) nobody is refused, and the count goes on after it',
      async (fault) => {
        const { board, handler } = await limited();
        const sourceIp = newAddress();
        await expect.poll(() => ask(handler, { sourceIp })).toHaveProperty('headers.RateLimit');
        const before = await askInTurn(handler, 10, sourceIp);
        expect(before.counted).toBe(10);

        board[fault]();
        const during = await askInTurn(handler, 300, sourceIp);
        expect(during.counted).toBe(0);
        expect(during.longest).toBeLessThan(LONGEST_MILLISECONDS);
        expect(complaints()).toHaveLength(1);

        board.lead(Number(address.CACHE_PORT));
        await expect.poll(() => ask(handler, { sourceIp }), { timeout: 5_000 }).toHaveProperty('headers.RateLimit');
        expect(complaints()).toHaveLength(1);
        const { headers } = await ask(handler, { sourceIp });
        expect(Number(/r=(\d+)/.exec(String(headers?.RateLimit))?.[1])).toBeLessThan(88);
      },
    );

    it('to which connecting takes longer than a request waits, it is there for later requests', async () => {
      const { board, handler } = await limited();
      // Three round trips: TCP is the switchboard's, TLS and the sign-in take these.
      board.lead(Number(address.CACHE_PORT), 40);
      const first = await ask(handler, { sourceIp: newAddress() });
      expect(first.headers).not.toHaveProperty('RateLimit');
      await expect.poll(() => ask(handler), { timeout: 5_000 }).toHaveProperty('headers.RateLimit');
    });

    it('which does not know the user, nobody is refused', async () => {
      const stranger = connectCache({ ...address, CACHE_USER: 'stranger' });
      const handler = limitedBy(limitRequests({ cache: stranger, requests: 3 }));
      const { longest, counted } = await askInTurn(handler, 50, newAddress());
      expect(counted).toBe(0);
      expect(longest).toBeLessThan(LONGEST_MILLISECONDS);
      expect(complaints()).toEqual([expect.stringContaining('WRONGPASS')]);
    });

    it('it is told of once a minute at most', async () => {
      let now = 0;
      const cache = connectCache(NOWHERE, { clock: () => now });
      for (; now <= 150_000; now += 1_000) await cache.use((client) => client.ping());
      expect(complaints()).toHaveLength(3);
    });
  });
});

describe.skipIf(!redis)('the connection', () => {
  const idOf = (cache: ReturnType<typeof connectCache>) =>
    cache.use(async ({ stream }) => Number(Object(stream).localPort));

  it('is kept, and made anew before ElastiCache ends it after twelve hours', async () => {
    let now = 0;
    const cache = connectCache(address, { patienceMilliseconds: 5_000, clock: () => now });
    const first = await idOf(cache);
    expect(first).toBeGreaterThan(0);
    now = 10.9 * 3_600_000;
    expect(await idOf(cache)).toBe(first);
    now = 11.1 * 3_600_000;
    const second = await idOf(cache);
    expect(second).toBeGreaterThan(Number(first));
    expect(await idOf(cache)).toBe(second);
  });

  it('may do what the limits and the index of free slots need, on their keys, and nothing else', async () => {
    const may = async (key: string) => {
      const cache = connectCache(address, { patienceMilliseconds: 5_000 });
      return cache.use((client) => client.zadd(key, 1, 'member'));
    };
    expect(await may(`avail:{${randomUUID()}}`)).toBe(1);
    expect(await may('other')).toBeUndefined();
    const others = [
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
    for (const [name = '', ...words] of others.map((other) => other.split(' '))) {
      const cache = connectCache(address, { patienceMilliseconds: 5_000 });
      expect(await cache.use((client) => client.call(name, ...words))).toBeUndefined();
    }
    expect(lines.join()).toContain('NOPERM');
  });

  it('keeps no process from ending', async () => {
    const script = `
      import { connectCache } from './lambdas/shared/cache.ts';
      const cache = connectCache(${JSON.stringify(address)}, { patienceMilliseconds: 5_000 });
      console.log(await cache.use((client) => client.ping()));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: PROJECT,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: redis?.caPath },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect({ said, code }).toEqual({ said: 'PONG\n', code: 0 });
  });
});
