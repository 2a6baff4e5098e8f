import { LOG_BYTES, PER_BOOKING } from './assumptions.ts';
import { type CostLine, sumDollars } from './cost-line.ts';
import { LOG_BYTES_PER_BOOKING } from './request-costs.ts';

/** A change, or several together, that would make requests cheaper. */
export interface Lever {
  readonly change: string;
  /** What would be lost, or the condition under which it saves anything. */
  readonly drawback: string;
  /** Returns the lines of a booking with the change. */
  readonly apply: (lines: readonly CostLine[]) => CostLine[];
}

/** Returns how many dollars a change saves with a million bookings. */
export function computeSaving(lines: readonly CostLine[], { apply }: Lever): number {
  return 1_000_000 * (sumDollars(lines) - sumDollars(apply(lines)));
}

const scale = (lines: readonly CostLine[], factor: number, ...names: readonly RegExp[]): CostLine[] =>
  lines.map((line) =>
    names.some((name) => name.test(line.what)) ? { ...line, quantity: line.quantity * factor } : line,
  );

/** Drops bytes of each request from the logs. */
const cutLogs = (lines: readonly CostLine[], bytesPerRequest: number) =>
  scale(lines, 1 - (PER_BOOKING.requests * bytesPerRequest) / LOG_BYTES_PER_BOOKING, /logs/);

/** Requests that a cache at the edge could answer: lists of clinics and doctors. */
const CACHEABLE_SHARE = 0.3;
const REQUEST_LINES = [/^API Gateway/, /web ACL/, /API functions/, /invocations/, /^traces of requests/, /logs/];

const HTTP_API: Lever = {
  change: 'HTTP API instead of REST API',
  drawback:
    'no web ACL, no problem documents for refusals of API Gateway, no 405 and no compression without a function, one issuer for each authorizer, other logs',
  apply: (lines) =>
    lines
      .filter(({ price }) => price !== 'webAclRequests')
      .map((line) => (line.price === 'restRequests' ? { ...line, price: 'httpRequests' } : line)),
};
const FEWER_REQUESTS: Lever = {
  change: 'a third fewer requests for each booking, by responses that say more',
  drawback: 'the web app must need fewer requests: measure it first',
  apply: (lines) => scale(lines, 2 / 3, ...REQUEST_LINES, /^transfer/),
};
const NO_SYSTEM_LOGS: Lever = {
  change: "Lambda's own log lines off (`SystemLogLevel: WARN`)",
  drawback: 'the saved query "Cold starts" has no data',
  apply: (lines) => cutLogs(lines, LOG_BYTES.lambda),
};
const LESS_MEMORY: Lever = {
  change: 'functions of the API and the notifier with half the memory',
  drawback: 'saves this only if they take no longer; cold starts take twice as long. Measure on AWS first',
  apply: (lines) => scale(lines, 0.5, /^time of/),
};

const combine = (change: string, ...levers: readonly Lever[]): Lever => ({
  change,
  drawback: 'as above',
  apply: (lines) => levers.reduce((changed, { apply }) => apply(changed), [...lines]),
});

/** The changes that were not made, each alone and some together. */
export const LEVERS: readonly Lever[] = [
  HTTP_API,
  FEWER_REQUESTS,
  {
    change: `CloudFront caches lists of clinics and doctors, ${100 * CACHEABLE_SHARE} % of the requests`,
    drawback:
      'changes appear late, limits by address count the addresses of CloudFront, one more service to run. Free times change with each booking: a cache would offer times that are taken',
    apply: (lines) => scale(lines, 1 - CACHEABLE_SHARE, ...REQUEST_LINES),
  },
  LESS_MEMORY,
  NO_SYSTEM_LOGS,
  {
    change: 'no access log of API Gateway',
    drawback: 'requests that reach no function (401, 403, 404, 429 of API Gateway) are in no log',
    apply: (lines) => cutLogs(lines, LOG_BYTES.accessLog),
  },
  {
    change: 'access log in the class Infrequent Access',
    drawback: 'no metric filters on it; the class of a log group cannot change later, so it needs a new group',
    apply: (lines) => cutLogs(lines, LOG_BYTES.accessLog / 2),
  },
  {
    change: 'no traces',
    drawback: 'slow requests must be explained from logs alone',
    apply: (lines) => scale(lines, 0, /^traces/),
  },
  combine(
    'a third fewer requests, half the memory, no log lines of Lambda',
    FEWER_REQUESTS,
    LESS_MEMORY,
    NO_SYSTEM_LOGS,
  ),
  combine('HTTP API, half the memory, no log lines of Lambda', HTTP_API, LESS_MEMORY, NO_SYSTEM_LOGS),
  combine('all four', HTTP_API, FEWER_REQUESTS, LESS_MEMORY, NO_SYSTEM_LOGS),
];
