import type { AlarmRuleName } from './alarm-rules.ts';

/**
 * Rules whose alarms usually have one cause. The alarms of a group in one stack send one notification together. The rules of a
 * group exist in the same sizes, so an alarm that needs action at once never waits for the end of another that does not.
 */
export const ALARM_GROUPS = {
  'API failures': ['High 5xx rate', 'Booking failures'],
  'Function failures': ['Function errors', 'Function throttles', 'Function near timeout'],
  'Missed jobs': ['Missed job runs'],
  'Late messages': ['Outbox lag', 'Late notifications', 'Queue age'],
  'Cache and index': ['Cache failures', 'Index lag', 'Index not synced'],
} as const satisfies Readonly<Record<string, readonly AlarmRuleName[]>>;

/** The name of a group of alarms. */
export type AlarmGroup = keyof typeof ALARM_GROUPS;
