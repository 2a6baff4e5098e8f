import { expect, test } from 'vitest';
import { computeDollars, computeFreeTiers, multiplyLines, sumDollars } from '../../../lib/cost/cost-line.ts';
import { findPriceName, PRICES, type Price } from '../../../lib/cost/prices.ts';

test('a line costs its quantity times its price', () => {
  expect(computeDollars({ what: 'Aurora', price: 'auroraCapacity', quantity: 730 })).toBeCloseTo(87.6, 10);
});

test('a price for a million counts single units', () => {
  expect(computeDollars({ what: 'API', price: 'restRequests', quantity: 20_000 })).toBeCloseTo(0.07, 10);
});

test('lines are multiplied and summed', () => {
  const lines = [
    { what: 'API', price: 'restRequests', quantity: 20 },
    { what: 'emails', price: 'emails', quantity: 4 },
  ] as const;
  // 20 × 3.50 / 1,000,000 + 4 × 0.10 / 1,000, a thousand times.
  expect(sumDollars(multiplyLines(lines, 1000))).toBeCloseTo(0.47, 10);
});

test('a free tier counts once for all lines of its price', () => {
  const lines = [
    { what: 'alarms', price: 'alarmMetric', quantity: 7 },
    { what: 'more alarms', price: 'alarmMetric', quantity: 7 },
    { what: 'metrics', price: 'customMetric', quantity: 4 },
    { what: 'keys', price: 'key', quantity: 9 },
  ] as const;
  // 10 of 14 alarm metrics and all 4 metrics are free, and no key is.
  expect(computeFreeTiers(lines)).toBeCloseTo(10 * 0.1 + 4 * 0.3, 10);
});

test('each price is positive and has a source with its date', () => {
  for (const [name, { dollars, source, date }] of Object.entries<Price>(PRICES)) {
    expect(dollars, name).toBeGreaterThan(0);
    expect(source.length, name).toBeGreaterThan(10);
    expect(date, name).toMatch(/^20\d\d(-\d\d){0,2}$/);
  }
});

test('an unknown price is an error that names it and the resource', () => {
  expect(() => findPriceName('cache.x9.huge', 'MedBook-dev-Data/Cache')).toThrow(
    'MedBook-dev-Data/Cache: lib/cost/prices.ts has no price cache.x9.huge.',
  );
});
