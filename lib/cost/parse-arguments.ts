import { parseArgs } from 'node:util';
import { getStageConfig, listStageConfigs, type StageConfig } from '../config/stages.ts';

const USAGE = `npm run cost -- [--size trial|clinic|network] [--stage dev|staging|prod] [--bookings <number>]
npm run cost -- --write

Estimates what a stage costs a month, from its synthesized templates and lib/cost/prices.ts. Nothing is deployed, and AWS is not called.
--size      default: the stage's own size
--stage     default: the first stage of that size, or dev
--bookings  bookings a month. Default 0: the cost of an unused stage
--write     instead, writes the tables of docs/cost.md`;

const OPTIONS = {
  size: { type: 'string' },
  stage: { type: 'string' },
  bookings: { type: 'string', default: '0' },
  write: { type: 'boolean', default: false },
} as const;

/** What `npm run cost` is to estimate. */
export interface CostArguments {
  readonly config: StageConfig;
  /** In a month. */
  readonly bookings: number;
  /** Whether to write docs/cost.md instead. */
  readonly write: boolean;
}

/** Returns what the arguments ask for. Throws an error that says what is wrong with them and ends with the usage. */
export function parseArguments(args: readonly string[]): CostArguments {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { size, stage = findStage(size), bookings, write } = values;
    return { config: getStageConfig(stage, size), bookings: parseBookings(bookings), write };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function parseBookings(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`--bookings must be a whole number of bookings a month, such as 20000, but is ${text}.`);
}

/** Returns the first stage of that size; without one, `getStageConfig` uses its default or names the valid sizes. */
function findStage(size: string | undefined): string | undefined {
  return listStageConfigs().find((config) => config.size === size)?.stage;
}
