import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getStageConfig, listStageConfigs, type StageConfig } from '../config/stages.ts';
import { CLASSIC_DESIGN_DOLLARS } from './assumptions.ts';
import { type CostLine, computeDollars, sum, sumDollars } from './cost-line.ts';
import { type Estimate, estimateCost } from './estimate-cost.ts';
import { computeSaving, LEVERS } from './levers.ts';
import { PRICES } from './prices.ts';
import { synthesizeResources } from './synthesize-resources.ts';

/** A stage and its estimate at rest. */
export interface StageEstimate {
  readonly config: Pick<StageConfig, 'stage' | 'size'>;
  readonly estimate: Estimate;
}

/** Returns the stages that docs/cost.md compares: all of them, and prod for a single clinic. */
export function listComparedConfigs(): StageConfig[] {
  const configs = listStageConfigs();
  return configs.toSpliced(-1, 0, getStageConfig('prod', 'clinic'));
}

/** Writes the tables of docs/cost.md. */
export function writeCostDocument(): void {
  const estimates = listComparedConfigs().map((config) => ({
    config,
    estimate: estimateCost(synthesizeResources(config), 0),
  }));
  writeFileSync(DOCUMENT, insertTables(readFileSync(DOCUMENT, 'utf8'), estimates));
}

/** Returns the document with the tables of these estimates, each after a line such as `<!-- table: at rest -->`. */
export function insertTables(document: string, estimates: readonly StageEstimate[]): string {
  return document.replaceAll(/(?<=<!-- table: (?<name>[a-z ]+) -->\n)(?:\|.*\n)*/g, (...match) => {
    const { name } = match.at(-1) as { name: string };
    const render = TABLES[name];
    if (render === undefined)
      throw new Error(`docs/cost.md: there is no table "${name}". Choose one of ${Object.keys(TABLES).join(', ')}.`);
    return `${render(estimates)
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n')}\n`;
  });
}

const DOCUMENT = join(import.meta.dirname, '../../docs/cost.md');
type Row = readonly string[];

const TABLES: Readonly<Record<string, (estimates: readonly StageEstimate[]) => Row[]>> = {
  'at rest': renderAtRest,
  bookings: (estimates) => renderBookings(getLargest(estimates)),
  levers: (estimates) => renderLevers(getLargest(estimates)),
};

/** The last stage is the largest. */
function getLargest(estimates: readonly StageEstimate[]): Estimate {
  const largest = estimates.at(-1);
  if (largest) return largest.estimate;
  throw new Error('There is no stage.');
}

function renderAtRest(estimates: readonly StageEstimate[]): Row[] {
  const lines = estimates.map(
    ({ estimate }) => new Map(estimate.atRest.map((line) => [line.what, computeDollars(line)])),
  );
  const names = [...new Set(estimates.toReversed().flatMap(({ estimate }) => estimate.atRest.map(({ what }) => what)))];
  const getAmounts = (what: string) => lines.map((amounts) => amounts.get(what) ?? 0);
  const isLarge = (what: string) => getAmounts(what).some((dollars) => dollars >= 1);
  const small = names.filter((what) => !isLarge(what)).map(getAmounts);
  const totals = estimates.map(({ estimate }) => estimate.total);
  return [
    ['at rest, dollars a month', ...estimates.map(({ config }) => `${config.size} (${config.stage})`)],
    ['---', ...estimates.map(() => '---:')],
    ...names.filter(isLarge).map((what) => [what, ...getAmounts(what).map(formatWhole)]),
    [
      'lines below a dollar',
      ...estimates.map((_, stage) => formatWhole(sum(small.map((amounts) => amounts[stage] ?? 0)))),
    ],
    ['**together**', ...totals.map((dollars) => `**${formatWhole(dollars)}**`)],
    [
      `of the classic design's ${CLASSIC_DESIGN_DOLLARS}`,
      ...totals.map((dollars) => `${formatWhole((100 * dollars) / CLASSIC_DESIGN_DOLLARS)} %`),
    ],
    ['with free tiers', ...estimates.map(({ estimate }) => formatWhole(estimate.totalWithFreeTiers))],
    [
      "if RDS Proxy's minimum counts once",
      ...estimates.map(({ estimate }) => formatWhole(estimate.total - estimate.proxyDoubt)),
    ],
    [
      'from the third year on, by the rotation of keys',
      ...estimates.map(({ estimate }) => formatWhole(estimate.total + estimate.rotatedKeys)),
    ],
  ];
}

function renderBookings({ perBooking }: Estimate): Row[] {
  return [
    ['1,000 bookings', 'quantity', 'unit', 'dollars'],
    ['---', '---:', '---', '---:'],
    ...Object.entries(perBooking).flatMap(([group, lines]) => [
      ...lines.map((line) => [line.what, ...renderQuantity(line), formatMilli(1000 * computeDollars(line))]),
      [`**${group} together**`, '', '', `**${formatMilli(1000 * sumDollars(lines))}**`],
    ]),
  ];
}

function renderQuantity({ price, quantity }: CostLine): Row {
  return [(1000 * quantity).toLocaleString('en', { maximumSignificantDigits: 3 }), PRICES[price].unit];
}

function renderLevers({ perBooking: { requests } }: Estimate): Row[] {
  const total = 1_000_000 * sumDollars(requests);
  return [
    ['change', 'saves', 'leaves', 'its drawback'],
    ['---', '---:', '---:', '---'],
    ['none', '0', formatWhole(total), ''],
    ...LEVERS.map((lever) => {
      const saving = computeSaving(requests, lever);
      return [lever.change, formatWhole(saving), formatWhole(total - saving), lever.drawback];
    }),
  ];
}

const formatWhole = (dollars: number) => Math.round(dollars).toLocaleString('en');
const formatMilli = (dollars: number) => dollars.toFixed(3);
