import { CLASSIC_DESIGN_DOLLARS } from './assumptions.ts';
import { type CostLine, computeDollars, sortByDollars, sumDollars } from './cost-line.ts';
import type { Estimate } from './estimate-cost.ts';
import { PRICES, type Price } from './prices.ts';

/** Lines below this many dollars are one line together. */
const SMALL_DOLLARS = 0.05;
const LARGEST_LINES = 3;

/** Returns an estimate as text for a terminal. The last line is `Total <number> USD`, without free tiers. */
export function formatEstimate({ stage, size, bookings, estimate }: NamedEstimate): string {
  const { atRest, usage, total, totalWithFreeTiers } = estimate;
  const perThousand = (lines: readonly CostLine[]) => formatDollars(1000 * sumDollars(lines));
  return [
    `Stage ${stage}, size ${size}, ${formatCount(bookings)} bookings a month: US dollars a month in us-east-1, without taxes.`,
    ...formatSection('At rest', atRest),
    ...(bookings > 0 ? formatSection(`For ${formatCount(bookings)} bookings`, usage) : []),
    '',
    `1,000 bookings add ${Object.entries(estimate.perBooking)
      .map(([group, lines]) => `${perThousand(lines)} for ${group}`)
      .join(', ')}.`,
    `Most: ${listLargest([...atRest, ...usage], total)}.`,
    `The classic design in the requirements costs ${CLASSIC_DESIGN_DOLLARS}. This is ${Math.round((100 * total) / CLASSIC_DESIGN_DOLLARS)} % of it.`,
    ...listDoubts(estimate),
    `With the free tiers of an account that runs nothing else: ${formatDollars(totalWithFreeTiers)}. Without them:`,
    `Total ${formatDollars(total)} USD`,
  ].join('\n');
}

/** An estimate and what it is for. */
export interface NamedEstimate {
  readonly stage: string;
  readonly size: string;
  readonly bookings: number;
  readonly estimate: Estimate;
}

function formatSection(title: string, lines: readonly CostLine[]): string[] {
  const isLarge = (line: CostLine) => computeDollars(line) >= SMALL_DOLLARS;
  const others = sumDollars(lines.filter((line) => !isLarge(line)));
  return [
    '',
    `${title}:`,
    ...lines.filter(isLarge).map(formatLine),
    ...(others > 0 ? [formatAmount(others, 'lines below 0.05')] : []),
    formatAmount(sumDollars(lines), 'together'),
  ];
}

function formatLine(line: CostLine): string {
  const { unit, dollars, per = 1, secondhand }: Price = PRICES[line.price];
  const price = per === 1 ? `${dollars}` : `${dollars} per ${formatCount(per)}`;
  const what = `${line.what}${secondhand ? ' (*)' : ''}`;
  return formatAmount(computeDollars(line), `${what.padEnd(40)} ${formatCount(line.quantity)} ${unit} × ${price}`);
}

/** What AWS's texts leave open, and what comes later. */
function listDoubts({ atRest, usage, proxyDoubt, rotatedKeys }: Estimate): string[] {
  const isSecondhand = ({ price }: CostLine) => (PRICES[price] as Price).secondhand === true;
  return [
    ...([...atRest, ...usage].some(isSecondhand)
      ? ['(*) This price is secondhand: compare it with the first bill.']
      : []),
    ...(proxyDoubt > 0
      ? [`If RDS Proxy's minimum counts once and not for each instance, it is ${formatDollars(proxyDoubt)} less.`]
      : []),
    ...(rotatedKeys > 0
      ? [
          `From the third year on, the keys cost ${formatDollars(rotatedKeys)} more: each yearly rotation adds a version, twice.`,
        ]
      : []),
  ];
}

function listLargest(lines: readonly CostLine[], total: number): string {
  return sortByDollars(lines)
    .slice(0, LARGEST_LINES)
    .map((line) => `${line.what} (${Math.round((100 * computeDollars(line)) / total)} %)`)
    .join(', ');
}

const formatAmount = (dollars: number, text: string) => `${formatDollars(dollars).padStart(9)}  ${text}`;
/** Without separators, so that programs can read it. */
const formatDollars = (dollars: number) => dollars.toFixed(2);
const formatCount = (count: number) => count.toLocaleString('en', { maximumFractionDigits: 1 });
