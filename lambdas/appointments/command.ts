import { createHash } from 'node:crypto';
import type { idempotencyHeader } from '@medbook/contract/appointment';
import type { RateLimit } from '@medbook/contract/rate-limit';
import type * as z from 'zod';
import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import type { EnqueueNotifications } from '../notifications/notification-queue.ts';
import { updateFreeSlotIndex } from '../outbox/update-free-slot-index.ts';
import { planDoctorsOfReleasedSlots } from '../schedules/plan-requested-doctors.ts';
import { unwrapOrThrow } from '../shared/command-outcome.ts';
import { toETag } from '../shared/http/etag.ts';
import type { RequestContext } from '../shared/http/operation-handler.ts';
import type { Db } from '../shared/sql.ts';
import type { Command, CommandResult } from './appointments.sql.ts';

/** What the handlers of appointments depend on. */
export interface AppointmentDeps {
  readonly db: Db;
  /** @default - the relay updates the index within a minute */
  readonly index?: FreeSlotIndex;
  /** @default - the relay enqueues notifications within a minute */
  readonly enqueueNotifications?: EnqueueNotifications;
  /** How often a user may try to book in a minute. @default - no limit */
  readonly bookingsPerMinute?: number | undefined;
}

/** Builds the part of a command that is the same for all commands: the caller, and what identifies a retry. */
export function createCommand(
  { bookingsPerMinute }: AppointmentDeps,
  { caller, requestId }: RequestContext,
  headers: z.output<typeof idempotencyHeader>,
  body: object,
): Command {
  return {
    sub: caller.sub,
    groups: caller.groups,
    requestId,
    bookingsPerMinute,
    idempotencyKey: headers['idempotency-key'],
    // The parsed body has its fields in the order of the schema, so equal bodies have equal hashes.
    requestHash: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
  };
}

/** Publishes a committed change at once to the index and the notifier. The relay repeats within a minute what fails here. */
export async function publishChanges(
  { db, index, enqueueNotifications }: AppointmentDeps,
  { result, replayed, requestId, changedSlots }: CommandResult,
): Promise<void> {
  const isNew = result.outcome === 'done' && !replayed;
  await Promise.all([updateFreeSlotIndex(index, changedSlots), isNew ? enqueueNotifications?.(requestId) : undefined]);
  // After a refusal changedSlots also has slots that the command has not changed.
  if (isNew) await planDoctorsOfReleasedSlots(db, index, requestId, changedSlots);
}

/**
 * Returns the response of a command: the appointment after it. `pathOf` says where in the request a field is.
 * @throws {RefusalError} if the command was refused
 */
export function toAppointmentResponse(
  { result, replayed, requestId }: CommandResult,
  pathOf: (field: string) => string,
) {
  const firstRequestId = replayed ? requestId : undefined;
  const body = unwrapOrThrow(result, { pathOf, firstRequestId, createRateLimit }).appointment;
  return { body, headers: { ETag: toETag(body), ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) } };
}

/** The limit of booking attempts: see count_booking_attempt() in the migrations. */
const createRateLimit = (requests: number): RateLimit => ({ countedBy: 'bookings', requests, windowSeconds: 60 });
