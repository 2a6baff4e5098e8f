import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** When an alarm goes off. Each rule has one threshold that fits every part and every stage. */
export interface AlarmRule {
  /** The condition, as text for the alarm's description. */
  readonly description: string;
  /** In the metric's unit. The alarm goes off at this value and above or, with `alarmsBelow`, below it. */
  readonly threshold: number;
  readonly alarmsBelow?: true;
  /** Whether it needs action at once, and therefore exists in every size. */
  readonly pages?: true;
  /** The length of a period in minutes. @default - that of the metric */
  readonly periodMinutes?: number;
  /** How many of the last `evaluationPeriods` must breach the threshold. */
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
  /** How a period without data is treated. @default - as not breaching */
  readonly treatMissingData?: TreatMissingData;
}

/** All CloudWatch alarms by their heading in docs/runbook.md, which says what each one means and what to do. */
export const ALARM_RULES = {
  'High 5xx rate': {
    description: '1 % or more of the responses are 5xx',
    pages: true,
    threshold: 1,
    periodMinutes: 1,
    datapointsToAlarm: 3,
    evaluationPeriods: 5,
  },
  'API latency': {
    description: 'The 99th percentile of the latency is 2 seconds or more',
    threshold: 2000,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Booking failures': {
    description: '1 % or more of the booking attempts fail with an internal error',
    pages: true,
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 3,
  },
  'High 409 rate': {
    description: 'The number of 409 responses is 25 % or more of the booking attempts',
    threshold: 25,
    periodMinutes: 15,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'High 429 rate': {
    description: 'The functions refuse 5 % or more of the requests with 429',
    threshold: 5,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Function errors': {
    description: '1 % or more of the invocations fail',
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Function throttles': {
    description: 'Invocations are throttled',
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Function near timeout': {
    description: 'An invocation took 80 % or more of the timeout',
    threshold: 80,
    periodMinutes: 5,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Dead letters': {
    description: 'The dead-letter queue holds messages',
    pages: true,
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Missed job runs': {
    description: 'The job has not run for two of its periods',
    pages: true,
    threshold: 1,
    alarmsBelow: true,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.BREACHING,
  },
  'Database CPU': {
    description: 'CPU utilization is 80 % or more',
    threshold: 80,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Database capacity': {
    description: '90 % or more of the capacity limit is used',
    pages: true,
    threshold: 90,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Database connections': {
    description: '80 % or more of the connections are in use',
    pages: true,
    threshold: 80,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 3,
  },
  'Replica lag': {
    description: 'A reader lags 1 second or more behind the writer',
    threshold: 1000,
    periodMinutes: 1,
    datapointsToAlarm: 5,
    evaluationPeriods: 5,
  },
  'Storage growth': {
    description: 'The data grew by 10 GiB or more in a day',
    threshold: 10,
    periodMinutes: 1440,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Failed backups': {
    description: 'A backup or copy job of the database failed, was aborted or did not start in time',
    threshold: 1,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Old backup': {
    description: 'The newest snapshot of the database, or its copy, is older than two intervals and the time of a job',
    pages: true,
    threshold: 100,
    periodMinutes: 60,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Pinned sessions': {
    description: 'RDS Proxy has pinned sessions, which cannot share their connection',
    threshold: 1,
    periodMinutes: 1,
    datapointsToAlarm: 15,
    evaluationPeriods: 15,
  },
  'Cache failures': {
    description: 'Requests cannot use the cache, so they are not rate limited',
    threshold: 10,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Index lag': {
    description: 'The oldest change has not reached the free-slot index for 3 minutes',
    threshold: 180,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Index not synced': {
    description: 'The free-slot index does not cover all days after its sync',
    threshold: 1,
    periodMinutes: 60,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Index divergence': {
    description: 'The free-slot index differs from the database in a sample',
    threshold: 1,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Urgent conflicts': {
    description: 'An appointment at a time at which its doctor no longer works starts within the notice of its clinic',
    pages: true,
    threshold: 1,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Time zone data': {
    description: 'PostgreSQL and Node.js have different offsets in the time zone of a clinic',
    pages: true,
    threshold: 1,
    periodMinutes: 1440,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Outbox lag': {
    description: 'The oldest change has been without its notifications for 3 minutes',
    pages: true,
    threshold: 180,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Late notifications': {
    description: 'The oldest notification that is due has waited for 15 minutes',
    pages: true,
    threshold: 900,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Failed notifications': {
    description: '5 or more delivery attempts in an hour failed: refused by the provider or not rendered',
    pages: true,
    threshold: 5,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Unknown deliveries': {
    description: 'The outcome of 5 or more notifications in an hour is unknown',
    threshold: 5,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Email bounces': {
    description: '4 % or more of the emails bounce',
    pages: true,
    threshold: 0.04,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Email complaints': {
    description: '0.08 % or more of the emails are reported as spam',
    pages: true,
    threshold: 0.0008,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'SMS spend': {
    description: '80 % or more of the monthly SMS limit is spent',
    pages: true,
    threshold: 80,
    periodMinutes: 60,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Queue age': {
    description: 'The oldest message in the queue has waited for 15 minutes',
    pages: true,
    threshold: 900,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
  'Cache evictions': {
    description: 'The cache evicts keys',
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 1,
    evaluationPeriods: 1,
  },
  'Cache memory': {
    description: '75 % or more of the memory is used',
    threshold: 75,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Cache CPU': {
    description: 'The CPU utilization of the engine is 80 % or more',
    threshold: 80,
    periodMinutes: 5,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
  },
  'Sign-in throttles': {
    description: 'Cognito throttles sign-ins, sign-ups or token refreshes',
    threshold: 1,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 3,
  },
  'WAF blocks': {
    description: '200 or more requests are blocked in 5 minutes',
    threshold: 200,
    periodMinutes: 5,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  },
} as const satisfies Readonly<Record<string, AlarmRule>>;

/** The heading of an alarm in the runbook. */
export type AlarmRuleName = keyof typeof ALARM_RULES;
