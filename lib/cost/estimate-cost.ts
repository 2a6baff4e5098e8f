import { CACHE_COSTS } from './cache-costs.ts';
import {
  type CostLine,
  type CostPart,
  computeDollars,
  computeFreeTiers,
  multiplyLines,
  sortByDollars,
  sumDollars,
} from './cost-line.ts';
import { DATA_COSTS } from './data-costs.ts';
import { computeProxyDoubt, DATABASE_COSTS } from './database-costs.ts';
import { FREE_TYPES } from './free-types.ts';
import { JOB_COSTS } from './job-costs.ts';
import { MONITORING_COSTS } from './monitoring-costs.ts';
import { NETWORK_COSTS } from './network-costs.ts';
import { MESSAGE_COSTS, REQUEST_COSTS } from './request-costs.ts';
import type { Resource } from './resources.ts';
import { countRotatedVersions, SECURITY_COSTS, SIGN_IN_COSTS } from './security-costs.ts';

/** The monthly cost of a stage, in US dollars without taxes. Lists have the largest line first. */
export interface Estimate {
  /** What it costs without any request. */
  readonly atRest: readonly CostLine[];
  /** What the bookings of the month add. */
  readonly usage: readonly CostLine[];
  /** What one booking adds. */
  readonly perBooking: Readonly<Record<'requests' | 'messages' | 'users' | 'data', readonly CostLine[]>>;
  /** Without free tiers. */
  readonly total: number;
  /** With the free tiers of an account that runs nothing else. */
  readonly totalWithFreeTiers: number;
  /** How much less it is if the minimum of RDS Proxy counts once, and not for each instance. */
  readonly proxyDoubt: number;
  /** How much more it is from the third year on, because of the rotation of keys. */
  readonly rotatedKeys: number;
}

/**
 * Estimates the monthly cost of the resources of a stage with a number of bookings a month. Throws an error that names a
 * resource type that the model does not cover.
 */
export function estimateCost(resources: readonly Resource[], bookings: number): Estimate {
  checkTypes(resources);
  const list = (parts: readonly CostPart[], method: 'listAtRest' | 'listInUse' | 'listPerBooking') =>
    sortLines(parts.flatMap((part) => part[method]?.(resources) ?? []));
  const atRest = list(ALL_PARTS, 'listAtRest');
  const perBooking = {
    requests: list(PARTS.requests, 'listPerBooking'),
    messages: list(PARTS.messages, 'listPerBooking'),
    users: list(PARTS.users, 'listPerBooking'),
    data: list(PARTS.data, 'listPerBooking'),
  };
  const usage = sortLines([
    ...(bookings > 0 ? list(ALL_PARTS, 'listInUse') : []),
    ...multiplyLines(Object.values(perBooking).flat(), bookings),
  ]);
  const total = sumDollars(atRest) + sumDollars(usage);
  return {
    atRest,
    usage,
    perBooking,
    total,
    totalWithFreeTiers: total - computeFreeTiers([...atRest, ...usage]),
    proxyDoubt: computeProxyDoubt(resources),
    rotatedKeys: computeDollars({ what: 'keys', price: 'key', quantity: countRotatedVersions(resources) }),
  };
}

const PARTS = {
  requests: [DATABASE_COSTS, CACHE_COSTS, NETWORK_COSTS, SECURITY_COSTS, MONITORING_COSTS, JOB_COSTS, REQUEST_COSTS],
  messages: [MESSAGE_COSTS],
  users: [SIGN_IN_COSTS],
  data: [DATA_COSTS],
} as const satisfies Readonly<Record<keyof Estimate['perBooking'], readonly CostPart[]>>;
const ALL_PARTS: readonly CostPart[] = Object.values(PARTS).flat();
const PRICED_TYPES: ReadonlySet<string> = new Set(ALL_PARTS.flatMap(({ types }) => types));

/** Without this, a new resource with a price would be missing from the estimate without an error. */
function checkTypes(resources: readonly Resource[]): void {
  const unknown = resources.find(({ type }) => !PRICED_TYPES.has(type) && !FREE_TYPES.has(type));
  if (unknown === undefined) return;
  throw new Error(
    `${unknown.path}: the cost model does not cover ${unknown.type}. Add its price to lib/cost/, or the type to lib/cost/free-types.ts.`,
  );
}

/** Returns the lines that cost something, largest first. */
function sortLines(lines: readonly CostLine[]): CostLine[] {
  return sortByDollars(lines.filter(({ quantity }) => quantity > 0));
}
