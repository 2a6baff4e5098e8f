import type { KillPoint } from './killable-function.ts';

/** The servers that the notification functions connect to. */
export type NotificationDependency = 'database' | 'queue' | 'provider';

/** A function and the moment at which it is killed. */
export interface NotificationKillPoint extends Partial<KillPoint<NotificationDependency>> {
  readonly entry: 'patient-api' | 'outbox-relay' | 'notifier';
  readonly name: string;
  /** Undefined: the function is killed after its work, before its message is deleted. */
  readonly requestContains?: string;
  /** Whether the provider has accepted the message. Set only at moments after which the functions cannot determine that. */
  readonly accepted?: 'yes' | 'no';
}

/** Every moment between a commit and its message. After the moments with `accepted`, the outcome of the delivery is unknown. */
export const NOTIFICATION_KILL_POINTS: readonly NotificationKillPoint[] = [
  {
    entry: 'patient-api',
    name: 'before the commit',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'from book_appointment(',
  },
  {
    entry: 'patient-api',
    name: 'during the commit',
    dependency: 'database',
    moment: 'after-request',
    requestContains: 'from book_appointment(',
  },
  {
    entry: 'patient-api',
    name: 'after the commit',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'from book_appointment(',
  },
  {
    entry: 'patient-api',
    name: 'before publishing',
    dependency: 'queue',
    moment: 'before-request',
    requestContains: 'SendMessage',
  },
  {
    entry: 'patient-api',
    name: 'after publishing',
    dependency: 'queue',
    moment: 'before-response',
    requestContains: 'SendMessage',
  },
  {
    entry: 'outbox-relay',
    name: 'before planning',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'plan_notifications(',
  },
  {
    entry: 'outbox-relay',
    name: 'after planning',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'plan_notifications(',
  },
  {
    entry: 'outbox-relay',
    name: 'before enqueueing',
    dependency: 'queue',
    moment: 'before-request',
    requestContains: 'SendMessageBatch',
  },
  {
    entry: 'outbox-relay',
    name: 'after enqueueing',
    dependency: 'queue',
    moment: 'before-response',
    requestContains: 'SendMessageBatch',
  },
  {
    entry: 'outbox-relay',
    name: 'before marking the rows',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'mark_enqueued(',
  },
  {
    entry: 'outbox-relay',
    name: 'after marking the rows',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'mark_enqueued(',
  },
  {
    entry: 'notifier',
    name: 'before the lease',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'begin_delivery(',
  },
  {
    entry: 'notifier',
    name: 'after the lease',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'begin_delivery(',
  },
  {
    entry: 'notifier',
    name: 'before sending begins',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'begin_sending(',
  },
  {
    entry: 'notifier',
    name: 'after sending begins',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'begin_sending(',
    accepted: 'no',
  },
  {
    entry: 'notifier',
    name: 'before the provider accepts it',
    dependency: 'provider',
    moment: 'before-request',
    requestContains: 'POST /',
    accepted: 'no',
  },
  {
    entry: 'notifier',
    name: 'after the provider accepts it',
    dependency: 'provider',
    moment: 'before-response',
    requestContains: 'POST /',
    accepted: 'yes',
  },
  {
    entry: 'notifier',
    name: 'before recording it as sent',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'record_sent(',
    accepted: 'yes',
  },
  {
    entry: 'notifier',
    name: 'after recording it as sent',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'record_sent(',
  },
  { entry: 'notifier', name: 'before deleting the message' },
];
