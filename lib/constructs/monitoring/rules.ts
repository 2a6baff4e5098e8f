import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** When an alarm rings. All measures are rates, percentages or counts, so that one number fits every part and every stage. */
export interface Rule {
  /** What is wrong then, as the alarm's description says it. */
  readonly says: string;
  /** Rings at this value and above; with `below`, under it. */
  readonly threshold: number;
  readonly below?: true;
  /** The length of a period. @default - that of the metric */
  readonly minutes?: number;
  /** How many of the last `periods` must be bad. */
  readonly bad: number;
  readonly periods: number;
  /** What a period without a value counts as. @default - as good */
  readonly missing?: TreatMissingData;
}

/** Every alarm there is, by its heading in docs/runbook.md, which says what it means and what to do. */
export const RULES = {
  'API faults': { says: '1 % of the answers are 5xx', threshold: 1, minutes: 1, bad: 3, periods: 5 },
  'API latency': { says: 'One answer in a hundred takes 2 seconds', threshold: 2000, minutes: 5, bad: 3, periods: 3 },
  'Booking failures': { says: '1 % of the bookings fail by our fault', threshold: 1, minutes: 5, bad: 2, periods: 3 },
  'Unusual conflicts': {
    says: 'The answers with 409 come to a quarter of the bookings',
    threshold: 25,
    minutes: 15,
    bad: 2,
    periods: 2,
  },
  'Unusual refusals for haste': {
    says: '5 % of the requests are refused with 429',
    threshold: 5,
    minutes: 5,
    bad: 3,
    periods: 3,
  },
  'Function errors': { says: '1 % of the invocations fail', threshold: 1, minutes: 5, bad: 1, periods: 1 },
  'Function throttles': { says: 'Invocations are refused', threshold: 1, minutes: 5, bad: 1, periods: 1 },
  'Function near its time limit': {
    says: 'An invocation took 80 % of its limit',
    threshold: 80,
    minutes: 5,
    bad: 1,
    periods: 1,
  },
  'Dead letters': { says: 'Something failed for good and waits', threshold: 1, minutes: 5, bad: 1, periods: 1 },
  'Job missing': {
    says: 'The job has not run in twice its period',
    threshold: 1,
    below: true,
    bad: 2,
    periods: 2,
    missing: TreatMissingData.BREACHING,
  },
  'Database CPU': { says: 'The processor is 80 % busy', threshold: 80, minutes: 5, bad: 3, periods: 3 },
  'Database capacity': { says: '90 % of the capacity limit is used', threshold: 90, minutes: 5, bad: 3, periods: 3 },
  'Database connections': { says: '80 % of the connections are in use', threshold: 80, minutes: 5, bad: 2, periods: 3 },
  'Replica lag': { says: 'A reader is a second behind', threshold: 1000, minutes: 1, bad: 5, periods: 5 },
  'Storage growth': { says: 'The data grew by 10 GiB in a day', threshold: 10, minutes: 1440, bad: 1, periods: 1 },
  'Pinned sessions': { says: 'A session keeps its connection', threshold: 1, minutes: 1, bad: 15, periods: 15 },
  'Cache failures': {
    says: 'Requests do without the cache, and are not limited',
    threshold: 10,
    minutes: 5,
    bad: 2,
    periods: 2,
  },
  'Index behind': {
    says: 'A change has waited for 3 minutes to be told to the index of free slots',
    threshold: 180,
    minutes: 5,
    bad: 2,
    periods: 2,
  },
  'Index not synced': {
    says: 'Days stay without an answer of the index of free slots after its sync',
    threshold: 1,
    minutes: 60,
    bad: 2,
    periods: 2,
  },
  'Index divergence': {
    says: 'The index of free slots was wrong in a sample',
    threshold: 1,
    minutes: 60,
    bad: 1,
    periods: 1,
  },
  'Outbox behind': {
    says: 'A change has waited for 3 minutes for its notifications to be written',
    threshold: 180,
    minutes: 5,
    bad: 2,
    periods: 2,
  },
  'Notifications late': {
    says: 'A notification that ought to be sent has waited for 15 minutes',
    threshold: 900,
    minutes: 5,
    bad: 2,
    periods: 2,
  },
  'Failed notifications': {
    says: '5 tries in an hour ended with a notification refused or not written',
    threshold: 5,
    minutes: 60,
    bad: 1,
    periods: 1,
  },
  'Unknown deliveries': {
    says: 'Nobody can tell of 5 notifications in an hour whether they were sent',
    threshold: 5,
    minutes: 60,
    bad: 1,
    periods: 1,
  },
  'Mail bounces': { says: '4 % of the mails bounce', threshold: 0.04, minutes: 60, bad: 1, periods: 1 },
  'Mail complaints': {
    says: '0.08 % of the mails are complained of',
    threshold: 0.0008,
    minutes: 60,
    bad: 1,
    periods: 1,
  },
  'SMS spend': { says: '80 % of the limit for SMS are spent', threshold: 80, minutes: 60, bad: 1, periods: 1 },
  'Queue age': { says: 'A message has waited for 15 minutes', threshold: 900, minutes: 5, bad: 2, periods: 2 },
  'Cache evictions': { says: 'Keys are thrown away', threshold: 1, minutes: 5, bad: 1, periods: 1 },
  'Cache memory': { says: '75 % of the memory is used', threshold: 75, minutes: 5, bad: 3, periods: 3 },
  'Cache CPU': { says: 'The engine is 80 % busy', threshold: 80, minutes: 5, bad: 3, periods: 3 },
  'Sign-in throttles': { says: 'Cognito refuses sign-ins or sign-ups', threshold: 1, minutes: 5, bad: 2, periods: 3 },
  'WAF blocks': { says: '200 requests are blocked in 5 minutes', threshold: 200, minutes: 5, bad: 2, periods: 2 },
} as const satisfies Readonly<Record<string, Rule>>;

/** The heading of an alarm in the runbook. */
export type RuleName = keyof typeof RULES;
