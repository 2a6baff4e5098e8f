import { beforeEach, describe, expect, it } from 'vitest';
import { circuit } from '../../lambdas/shared/circuit.ts';

let now: number;
let asked: number;
let told: unknown[];
beforeEach(() => {
  now = 0;
  asked = 0;
  told = [];
});

const made = () => circuit({ patienceMilliseconds: 20, clock: () => now, onFailure: (error) => void told.push(error) });
const good = async () => {
  asked += 1;
  return 'good';
};
const broken = new Error('broken');
const bad = async () => {
  asked += 1;
  throw broken;
};

describe('a part that fails', () => {
  it('is asked rarely, and within ten seconds however long it has been away', async () => {
    const { run } = made();
    const pauses: number[] = [];
    let last = 0;
    for (; now < 120_000; now += 10) {
      const before = asked;
      expect(await run(bad)).toBeUndefined();
      if (asked > before && now > 0) pauses.push(now - last);
      if (asked > before) last = now;
    }
    expect(pauses[0]).toBeLessThanOrEqual(210);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_010);
    expect(Math.min(...pauses.slice(-5))).toBeGreaterThanOrEqual(5_000);
    expect(told).toHaveLength(asked);
    expect(told[0]).toBe(broken);
  });

  it('and answers again is asked each time, and forgiven', async () => {
    const { run } = made();
    for (; now < 60_000; now += 1_000) await run(bad);
    now += 10_000;
    for (let i = 0; i < 5; i++) expect(await run(good)).toBe('good');
    expect(await run(bad)).toBeUndefined();
    now += 201;
    expect(await run(good)).toBe('good');
  });

  it('for many at once has failed once', async () => {
    const { run } = made();
    await Promise.all(Array.from({ length: 50 }, () => run(bad)));
    now += 201;
    expect(await run(good)).toBe('good');
  });
});

describe('a part that is slow', () => {
  it('is not waited for, and what comes late is no error of anybody’s', async () => {
    const { run } = made();
    const late = Promise.withResolvers<string>();
    expect(await run(() => late.promise)).toBeUndefined();
    expect(told).toEqual([expect.objectContaining({ message: 'No answer within 20 ms.' })]);
    late.reject(new Error('late'));
    await new Promise(setImmediate);
    expect(told).toHaveLength(1);
  });
});
