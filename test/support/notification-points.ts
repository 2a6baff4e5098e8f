import type { KillPoint } from './killed-function.ts';

/** What the functions around notifications speak to. */
export type NotificationWay = 'database' | 'queue' | 'provider';

/** A function that may die, and when. */
export interface NotificationPoint extends Partial<KillPoint<NotificationWay>> {
  readonly entry: 'patient-api' | 'outbox-relay' | 'notifier';
  readonly name: string;
  /** Undefined: it has done its work, and nobody has noted that. */
  readonly words?: string;
  /** Whether the provider has it then, when nobody can tell that any more. @default - the next one can tell */
  readonly taken?: 'yes' | 'no';
}

/** Every moment between a commit and its message. Those with `taken` are those at which nobody can tell. */
export const NOTIFICATION_POINTS: readonly NotificationPoint[] = [
  { entry: 'patient-api', name: 'before the commit', way: 'database', when: 'asked', words: 'from book_appointment(' },
  { entry: 'patient-api', name: 'during the commit', way: 'database', when: 'sent', words: 'from book_appointment(' },
  {
    entry: 'patient-api',
    name: 'after the commit',
    way: 'database',
    when: 'answered',
    words: 'from book_appointment(',
  },
  { entry: 'patient-api', name: 'before publishing', way: 'queue', when: 'asked', words: 'SendMessage' },
  { entry: 'patient-api', name: 'after publishing', way: 'queue', when: 'answered', words: 'SendMessage' },
  { entry: 'outbox-relay', name: 'before planning', way: 'database', when: 'asked', words: 'plan_notifications(' },
  { entry: 'outbox-relay', name: 'after planning', way: 'database', when: 'answered', words: 'plan_notifications(' },
  { entry: 'outbox-relay', name: 'before queueing', way: 'queue', when: 'asked', words: 'SendMessageBatch' },
  { entry: 'outbox-relay', name: 'after queueing', way: 'queue', when: 'answered', words: 'SendMessageBatch' },
  { entry: 'outbox-relay', name: 'before noting it', way: 'database', when: 'asked', words: 'mark_queued(' },
  { entry: 'outbox-relay', name: 'after noting it', way: 'database', when: 'answered', words: 'mark_queued(' },
  { entry: 'notifier', name: 'before the lease', way: 'database', when: 'asked', words: 'begin_delivery(' },
  { entry: 'notifier', name: 'after the lease', way: 'database', when: 'answered', words: 'begin_delivery(' },
  { entry: 'notifier', name: 'before the claim', way: 'database', when: 'asked', words: 'claim_sending(' },
  {
    entry: 'notifier',
    name: 'after the claim',
    way: 'database',
    when: 'answered',
    words: 'claim_sending(',
    taken: 'no',
  },
  {
    entry: 'notifier',
    name: 'before the provider has it',
    way: 'provider',
    when: 'asked',
    words: 'POST /',
    taken: 'no',
  },
  {
    entry: 'notifier',
    name: 'after the provider has it',
    way: 'provider',
    when: 'answered',
    words: 'POST /',
    taken: 'yes',
  },
  { entry: 'notifier', name: 'before the record', way: 'database', when: 'asked', words: 'record_sent(', taken: 'yes' },
  { entry: 'notifier', name: 'after the record', way: 'database', when: 'answered', words: 'record_sent(' },
  { entry: 'notifier', name: 'before the delete' },
];
