import { expect, test } from 'vitest';
import { parseArguments } from '../../../lib/cost/parse-arguments.ts';

test.each([
  [[], 'dev', 'trial', 0],
  [['--size', 'trial'], 'dev', 'trial', 0],
  [['--size', 'clinic', '--bookings', '20000'], 'staging', 'clinic', 20_000],
  [['--size', 'network'], 'prod', 'network', 0],
  [['--stage', 'prod'], 'prod', 'network', 0],
  [['--stage', 'prod', '--size', 'clinic', '--bookings=1000000'], 'prod', 'clinic', 1_000_000],
])('%j is stage %s, size %s, %d bookings', (args, stage, size, bookings) => {
  expect(parseArguments(args)).toMatchObject({ config: { stage, size }, bookings, write: false });
});

test('--write is for the document', () => {
  expect(parseArguments(['--write']).write).toBe(true);
});

test.each([
  [['--size', 'huge'], 'There is no size "huge". Choose one of trial, clinic, network'],
  [['--stage', 'test'], 'There is no stage "test". Choose one of dev, staging, prod'],
  [['--bookings', 'many'], '--bookings must be a whole number of bookings a month, such as 20000, but is many.'],
  [['--bookings', '1.5'], 'but is 1.5.'],
  [['--bookings=-1'], 'but is -1.'],
  [['--bookings='], '--bookings must be a whole number'],
  [['--size'], "Option '--size <value>' argument missing"],
  [['--cheap'], "Unknown option '--cheap'"],
  [['clinic'], "Unexpected argument 'clinic'"],
])('refuses %j, says why, and ends with the usage', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
  expect(() => parseArguments(args)).toThrow('npm run cost -- [--size trial|clinic|network]');
});
