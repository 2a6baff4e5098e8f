import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { type ApiCall, claimsOf, eventOf } from './api.ts';
import type { RequestPoint } from './kill-points.ts';
import type { KillStage } from './kill-stage.ts';

/** What a patient can ask for that changes slots. */
export const COMMANDS = ['book', 'hold', 'confirm', 'cancel', 'move'] as const;
export type Command = (typeof COMMANDS)[number];

/** A request of a patient, before the function that will die of it. */
export interface KilledRequest {
  readonly command: Command;
  readonly call: ApiCall;
  /** The slot that it is about: taken by it, or given back. */
  readonly slotId: string;
  /**
   * Asks, and lets the function die there. What must be so then is expected of the database and of the index. Answers whether it died, which it
   * does not if it was too slow for the cache, and whether the request was done.
   */
  dieAt(point: RequestPoint): Promise<{ died: boolean; done: boolean }>;
}

/** Starts the function and does what comes before the request: with two free slots, of which the other one is where a move goes. */
export async function prepareRequest(
  stage: KillStage,
  sub: string,
  command: Command,
  [slotId = '', otherSlotId = '']: readonly string[],
): Promise<KilledRequest> {
  const dying = await stage.start('patient-api');
  const claims = claimsOf(sub, 'patient');
  const send = async (call: ApiCall) => answerShape.parse(await dying.invoke(eventOf({ ...call, claims }))).payload;
  // Limits are counted in the cache, so a limit among the headers says that the function is connected to it.
  await expect
    .poll(() => send({ route: 'GET /appointments' }), { timeout: 10_000 })
    .toHaveProperty('headers.RateLimit');
  const isNew = command === 'book' || command === 'hold';
  const before = isNew ? undefined : await send(booking(slotId, command === 'confirm'));
  const { id = '' } = before ? createdShape.parse(JSON.parse(before.body)) : {};
  const wanted = command === 'move' ? otherSlotId : slotId;
  const call = {
    ...(isNew ? booking(wanted, command === 'hold') : changing(id, command, wanted)),
    headers: { 'idempotency-key': randomUUID() },
    claims,
  };

  return {
    command,
    call,
    slotId: wanted,
    async dieAt(point) {
      const event = eventOf(call);
      const words = point.words ?? (isNew ? 'from book_appointment(' : 'from change_appointment(');
      const result = await dying.invokeUntil({ ...point, words }, event);
      const found = await traceOf(stage, event.requestContext.requestId);
      if (result) return { died: false, done: found.committed };
      const { name, committed = found.committed, told = found.told } = point;
      expect({ name, command, ...found }).toEqual({ name, command, committed, told });
      return { died: true, done: committed };
    },
  };
}

/** Asks for a slot. */
export const booking = (slotId: string, hold = false): ApiCall => ({
  route: 'POST /appointments',
  body: { slotId, hold },
});

function changing(appointmentId: string, command: Command, slotId: string): ApiCall {
  const action = command === 'move' ? 'reschedule' : command;
  const body = command === 'move' ? { slotId } : {};
  return { route: `POST /appointments/{appointmentId}/${action}`, path: { appointmentId }, body };
}

const answerShape = z.object({ payload: z.object({ headers: z.record(z.string(), z.unknown()), body: z.string() }) });
const createdShape = z.object({ id: z.uuid() });

/** Whether the database has what this request did, and whether the index has it too. */
async function traceOf({ owner, operator }: KillStage, requestId: string) {
  const { rows } = await owner.query<{ state: string; id: string; version: number }>(
    `select 'avail:{' || clinic_id || '}:' || left(slot ->> 'start', 10) || ':state' as state, slot ->> 'id' as id,
       (slot ->> 'version')::int as version
     from outbox, jsonb_array_elements(slots) slot where request_id = $1`,
    [requestId],
  );
  const known = await Promise.all(rows.map(({ state, id }) => operator.hget(state, id)));
  const told = rows.every(({ version }, place) => Number.parseInt(known[place] ?? '0', 10) >= version);
  return { committed: rows.length > 0, told: rows.length > 0 && told };
}
