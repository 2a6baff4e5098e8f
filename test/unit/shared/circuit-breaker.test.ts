import { beforeEach, describe, expect, it } from 'vitest';
import { circuitBreaker } from '../../../lambdas/shared/circuit-breaker.ts';

let now: number;
let callCount: number;
let failures: unknown[];
beforeEach(() => {
  now = 0;
  callCount = 0;
  failures = [];
});

const createCircuit = () =>
  circuitBreaker({ timeoutMilliseconds: 20, clock: () => now, onFailure: (error) => void failures.push(error) });
const succeed = async () => {
  callCount += 1;
  return 'good';
};
const failure = new Error('broken');
const fail = async () => {
  callCount += 1;
  throw failure;
};

describe('a failing dependency', () => {
  it('is called rarely, but at least every ten seconds', async () => {
    const { run } = createCircuit();
    const pauses: number[] = [];
    let last = 0;
    for (; now < 120_000; now += 10) {
      const before = callCount;
      expect(await run(fail)).toBeUndefined();
      if (callCount > before && now > 0) pauses.push(now - last);
      if (callCount > before) last = now;
    }
    expect(pauses[0]).toBeLessThanOrEqual(210);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_010);
    expect(Math.min(...pauses.slice(-5))).toBeGreaterThanOrEqual(5_000);
    expect(failures).toHaveLength(callCount);
    expect(failures[0]).toBe(failure);
  });

  it('is called every time after it recovers, with a short pause after the next failure', async () => {
    const { run } = createCircuit();
    for (; now < 60_000; now += 1_000) await run(fail);
    now += 10_000;
    for (let i = 0; i < 5; i++) expect(await run(succeed)).toBe('good');
    expect(await run(fail)).toBeUndefined();
    now += 201;
    expect(await run(succeed)).toBe('good');
  });

  it('counts concurrent failures once', async () => {
    const { run } = createCircuit();
    await Promise.all(Array.from({ length: 50 }, () => run(fail)));
    now += 201;
    expect(await run(succeed)).toBe('good');
  });
});

describe('a slow dependency', () => {
  it('times out, and its late rejection is ignored', async () => {
    const { run } = createCircuit();
    const late = Promise.withResolvers<string>();
    expect(await run(() => late.promise)).toBeUndefined();
    expect(failures).toEqual([expect.objectContaining({ message: 'No response within 20 ms.' })]);
    late.reject(new Error('late'));
    await new Promise(setImmediate);
    expect(failures).toHaveLength(1);
  });
});
