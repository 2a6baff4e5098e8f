import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { type ApiCall, createApiEvent, createClaims } from '../http/in-process-api.ts';
import type { IndexKillEnvironment } from './index-kill-environment.ts';
import type { RequestPoint } from './index-kill-points.ts';

/** The commands of a patient that change slots. */
export const COMMANDS = ['book', 'hold', 'confirm', 'cancel', 'reschedule'] as const;
export type Command = (typeof COMMANDS)[number];

/** A patient's request and the function that is killed while it handles the request. */
export interface KillableRequest {
  readonly command: Command;
  readonly call: ApiCall;
  /** The slot that the request claims or releases. */
  readonly slotId: string;
  /**
   * Sends the request, kills the function at the point, and expects the point's effects on the database and the index. Returns whether the
   * function was killed, which is false if its cache call timed out before, and whether the request was committed.
   */
  killAt(point: RequestPoint): Promise<{ isKilled: boolean; isDone: boolean }>;
}

/** Starts the function and prepares the request with two free slots; `reschedule` moves the appointment to the second one. */
export async function prepareKillableRequest(
  environment: IndexKillEnvironment,
  sub: string,
  command: Command,
  [slotId = '', otherSlotId = '']: readonly string[],
): Promise<KillableRequest> {
  const killable = await environment.start('patient-api');
  const claims = createClaims(sub, 'patient');
  const send = async (call: ApiCall) =>
    invocationSchema.parse(await killable.invoke(createApiEvent({ ...call, claims }))).payload;
  // Rate limits are counted in the cache, so a RateLimit header shows that the function is connected to it.
  await expect
    .poll(() => send({ route: 'GET /appointments' }), { timeout: 10_000 })
    .toHaveProperty('headers.RateLimit');
  const isNew = command === 'book' || command === 'hold';
  const existing = isNew ? undefined : await send(createBookingCall(slotId, command === 'confirm'));
  const { id = '' } = existing ? createdSchema.parse(JSON.parse(existing.body)) : {};
  const targetSlotId = command === 'reschedule' ? otherSlotId : slotId;
  const call = {
    ...(isNew ? createBookingCall(targetSlotId, command === 'hold') : createChangeCall(id, command, targetSlotId)),
    headers: { 'idempotency-key': randomUUID() },
    claims,
  };

  return {
    command,
    call,
    slotId: targetSlotId,
    async killAt(point) {
      const event = createApiEvent(call);
      const requestContains = point.requestContains ?? (isNew ? 'from book_appointment(' : 'from change_appointment(');
      const result = await killable.invokeUntil({ ...point, requestContains }, event);
      const effects = await readRequestEffects(environment, event.requestContext.requestId);
      if (result) return { isKilled: false, isDone: effects.isCommitted };
      const { name, isCommitted = effects.isCommitted, isIndexed = effects.isIndexed } = point;
      expect({ name, command, ...effects }).toEqual({ name, command, isCommitted, isIndexed });
      return { isKilled: true, isDone: isCommitted };
    },
  };
}

/** Creates a call that books or holds a slot. */
export const createBookingCall = (slotId: string, hold = false): ApiCall => ({
  route: 'POST /appointments',
  body: { slotId, hold },
});

function createChangeCall(appointmentId: string, command: Command, slotId: string): ApiCall {
  const body = command === 'reschedule' ? { slotId } : {};
  return { route: `POST /appointments/{appointmentId}/${command}`, path: { appointmentId }, body };
}

const invocationSchema = z.object({
  payload: z.object({ headers: z.record(z.string(), z.unknown()), body: z.string() }),
});
const createdSchema = z.object({ id: z.uuid() });

/** Reads whether the request's changes are in the database and in the index. */
async function readRequestEffects({ owner, operator }: IndexKillEnvironment, requestId: string) {
  const { rows } = await owner.query<{ state: string; id: string; version: number }>(
    `select 'avail:{' || clinic_id || '}:' || left(slot ->> 'startTime', 10) || ':state' as state, slot ->> 'id' as id,
       (slot ->> 'version')::int as version
     from outbox, jsonb_array_elements(slots) slot where request_id = $1`,
    [requestId],
  );
  const versions = await Promise.all(rows.map(({ state, id }) => operator.hget(state, id)));
  const isIndexed = rows.every(({ version }, place) => Number.parseInt(versions[place] ?? '0', 10) >= version);
  return { isCommitted: rows.length > 0, isIndexed: rows.length > 0 && isIndexed };
}
