import { APPLY } from '../../lambdas/availability/index/scripts.ts';
import type { WirePoint } from './wire-proxy.ts';

/** What the functions around an appointment speak to. */
export type Way = 'database' | 'cache' | 'queue';

interface NamedPoint {
  readonly name: string;
  readonly way: Way;
  readonly when: WirePoint['when'];
}

/** A moment at which a function dies that does what a patient asks for. */
export interface RequestPoint extends NamedPoint {
  /** @default - those of the command's statement */
  readonly words?: string;
  /** What must be so then, of the database and of the index. @default - it may be so or not */
  readonly committed?: boolean;
  readonly told?: boolean;
}

export const REQUEST_POINTS: readonly RequestPoint[] = [
  { name: 'before the statement', way: 'database', when: 'asked', committed: false, told: false },
  { name: 'during the statement', way: 'database', when: 'sent' },
  { name: 'after the commit', way: 'database', when: 'answered', committed: true, told: false },
  { name: 'before telling the index', way: 'cache', when: 'asked', words: APPLY.sha, committed: true, told: false },
  { name: 'while telling the index', way: 'cache', when: 'sent', words: APPLY.sha, committed: true },
  { name: 'after telling the index', way: 'cache', when: 'answered', words: APPLY.sha, committed: true, told: true },
  { name: 'before telling the queue', way: 'queue', when: 'asked', words: 'SendMessage', committed: true },
  { name: 'after telling the queue', way: 'queue', when: 'answered', words: 'SendMessage', committed: true },
];

/** A moment at which the relay dies. */
export interface RelayPoint extends NamedPoint {
  readonly words: string;
}

export const RELAY_POINTS: readonly RelayPoint[] = [
  { name: 'relay, before telling the index', way: 'cache', when: 'asked', words: APPLY.sha },
  { name: 'relay, after telling the index', way: 'cache', when: 'answered', words: APPLY.sha },
  { name: 'relay, before noting it', way: 'database', when: 'asked', words: 'mark_indexed(' },
  { name: 'relay, after noting it', way: 'database', when: 'answered', words: 'mark_indexed(' },
];
