import { PRICES, type Price, type PriceName } from './prices.ts';
import type { Resource } from './resources.ts';

/** A line of an estimate: a quantity in a month, in the unit of its price. */
export interface CostLine {
  readonly what: string;
  readonly price: PriceName;
  readonly quantity: number;
}

/** The resources that one topic prices. */
export interface CostPart {
  /** The resource types that it prices. A type in no part, and not in `FREE_TYPES`, is an error. */
  readonly types: readonly string[];
  /** What a month costs without any request. @default - nothing */
  readonly listAtRest?: (resources: readonly Resource[]) => CostLine[];
  /** What is added, once, as soon as there are requests. @default - nothing */
  readonly listInUse?: (resources: readonly Resource[]) => CostLine[];
  /** What one booking adds. @default - nothing */
  readonly listPerBooking?: (resources: readonly Resource[]) => CostLine[];
}

/** Returns the dollars of a line, without free tiers. */
export function computeDollars({ price, quantity }: CostLine): number {
  const { dollars, per = 1 }: Price = PRICES[price];
  return (quantity / per) * dollars;
}

/** Returns the dollars of lines, without free tiers. */
export function sumDollars(lines: readonly CostLine[]): number {
  return sum(lines.map(computeDollars));
}

/** Returns the sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Returns the lines, the most expensive first. */
export function sortByDollars(lines: readonly CostLine[]): CostLine[] {
  return lines.toSorted((a, b) => computeDollars(b) - computeDollars(a));
}

/** Returns what the free tiers of one account save: each tier once, however many lines have its price. */
export function computeFreeTiers(lines: readonly CostLine[]): number {
  const quantities = new Map<PriceName, number>();
  for (const { price, quantity } of lines) quantities.set(price, (quantities.get(price) ?? 0) + quantity);
  return [...quantities].reduce((sum, [price, quantity]) => {
    const { free = 0 }: Price = PRICES[price];
    return sum + computeDollars({ what: '', price, quantity: Math.min(quantity, free) });
  }, 0);
}

/** Returns the lines with a quantity, multiplied by `factor`. */
export function multiplyLines(lines: readonly CostLine[], factor: number): CostLine[] {
  return lines.map((line) => ({ ...line, quantity: line.quantity * factor })).filter(({ quantity }) => quantity > 0);
}
