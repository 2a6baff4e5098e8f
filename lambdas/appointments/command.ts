import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { FreeIndex } from '../availability/index/free-index.ts';
import type { TellNotifier } from '../notifications/queue.ts';
import { tellIndex } from '../outbox/tell-index.ts';
import { etagOf } from '../shared/http/etag.ts';
import type { Context } from '../shared/http/route.ts';
import { done } from '../shared/outcome.ts';
import type { Refusal } from '../shared/refusal.ts';
import type { Db } from '../shared/sql.ts';
import type { idempotencyHeader } from './appointment.ts';
import type { Command, CommandAnswer } from './appointments.sql.ts';

/** What the routes of appointments work with. */
export interface AppointmentDeps {
  readonly db: Db;
  /** @default - nobody is told at once, and the relay tells it within a minute */
  readonly index?: FreeIndex;
  /** @default - nobody is told at once, and the relay tells it within a minute */
  readonly tellNotifier?: TellNotifier;
  /** How often somebody may try to book in a minute; undefined: as often as they like. */
  readonly bookingsPerMinute?: number | undefined;
}

/** How a command can refuse that takes slots. */
export const BOOKING_REFUSALS = [
  'not_found',
  'slot_taken',
  'patient_busy',
  'not_bookable',
  'idempotency_key_reused',
  'slot_contended',
  'rate_limited',
] as const satisfies readonly Refusal[];

/** Who gives a command, and what makes it the same as another. */
export function commandOf(
  { bookingsPerMinute }: AppointmentDeps,
  { caller, requestId }: Context,
  headers: z.output<typeof idempotencyHeader>,
  body: object,
): Command {
  return {
    sub: caller.sub,
    groups: caller.groups,
    requestId,
    bookingsPerMinute,
    idempotencyKey: headers['idempotency-key'],
    // The parsed body has its fields in the order of the schema: two bodies that mean the same have the same hash.
    requestHash: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
  };
}

/** Tells, after the commit, whoever has to hear of it: the index of free slots, and the notifier of what was done. */
export async function tellOthers({ index, tellNotifier }: AppointmentDeps, answer: CommandAnswer): Promise<void> {
  const isNew = answer.answer.outcome === 'done' && !answer.replayed;
  await Promise.all([tellIndex(index, answer.changed), isNew ? tellNotifier?.(answer.requestId) : undefined]);
}

/** The appointment as the command left it, or its refusal. `pathOf` says where in the request a field stood. */
export function replyOf({ answer, replayed, requestId }: CommandAnswer, pathOf: (field: string) => string) {
  const firstRequestId = replayed ? requestId : undefined;
  const body = done(answer, { pathOf, firstRequestId }).appointment;
  return { body, headers: { ETag: etagOf(body), ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) } };
}
