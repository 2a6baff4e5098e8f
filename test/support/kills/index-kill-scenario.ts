import fc from 'fast-check';
import { expect } from 'vitest';
import { toUtcDay } from '../../../lambdas/availability/free-slot-index/slot-encoding.ts';
import { insertClinic, insertPatients, insertSlots, startTimeInDays } from '../clinic/insert-clinic.ts';
import { acquireLeaseOrThrow, readSlotsOfDay, syncIndex, toDaySpan } from '../free-slot-index/sync-index.ts';
import { createClaims } from '../http/in-process-api.ts';
import type { IndexKillEnvironment } from './index-kill-environment.ts';
import { RELAY_POINTS, type RequestPoint } from './index-kill-points.ts';
import { COMMANDS, createBookingCall, type KillableRequest, prepareKillableRequest } from './killable-request.ts';

const killedCommand = fc.record({
  command: fc.constantFrom(...COMMANDS),
  /** The patient, who received no response, retries with the same idempotency key. */
  retries: fc.boolean(),
  /** Another patient then books the slot. */
  hasRival: fc.boolean(),
});

/** Two concurrent requests whose functions are killed; optionally a killed relay and a sync whose snapshot is older than the requests. */
export const killScenario = fc.record({
  commands: fc.tuple(killedCommand, killedCommand),
  relayPoint: fc.option(fc.constantFrom(...RELAY_POINTS), { freq: 2 }),
  hasSlowSync: fc.boolean(),
});
type KillScenario = typeof killScenario extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/**
 * Runs a scenario in a new clinic and kills the functions at these points. After the outbox is drained, the index must equal the database
 * for every slot. Returns the names of the points at which a process was killed.
 */
export async function runKillScenario(
  environment: IndexKillEnvironment,
  points: readonly RequestPoint[],
  { commands, relayPoint, hasSlowSync }: KillScenario,
): Promise<string[]> {
  const { owner, index, api } = environment;
  const clinic = await insertClinic(owner, { doctors: commands.length, horizonDays: 5 });
  const start = startTimeInDays(3);
  const slotIds = await insertSlots(owner, clinic, start, 2);
  const subs = await insertPatients(owner, 2 * commands.length);
  await syncIndex(index, owner, clinic.clinicId, ...toDaySpan(start));

  const requests = await Promise.all(
    commands.map(({ command }, position) =>
      prepareKillableRequest(environment, subs[position] ?? '', command, slotIds.slice(2 * position, 2 * position + 2)),
    ),
  );
  const lease = await acquireLeaseOrThrow(index, clinic.clinicId, toUtcDay(start));
  const snapshot = await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start));
  const names: string[] = [];
  const doneFlags = await Promise.all(
    points.map(async (point, position) => {
      const outcome = await requests[position]?.killAt(point);
      if (outcome?.isKilled) names.push(point.name);
      return outcome?.isDone === true;
    }),
  );
  for (const [position, request] of requests.entries())
    await continueAfterKill(request, position, doneFlags[position] === true);
  if (relayPoint) {
    const relay = await environment.start('outbox-relay');
    const result = await relay.invokeUntil(relayPoint, {});
    if (!result) names.push(relayPoint.name);
  }
  await environment.drainOutbox();
  if (hasSlowSync) expect(await index.merge(lease, snapshot)).toBeDefined();
  expect(await readIndexedSlots(), 'the slots of the index').toEqual(await readStoredSlots());
  return names;

  /** Continues after a kill: a committed request is only replayed, and an uncommitted one can still be executed by either patient. */
  async function continueAfterKill(
    { command, call, slotId }: KillableRequest,
    position: number,
    done: boolean,
  ): Promise<void> {
    const { retries, hasRival } = commands[position] ?? {};
    if (retries) {
      const { status, headers } = await api(call);
      expect([200, 201]).toContain(status);
      expect(headers?.['Idempotency-Replayed']).toBe(done ? 'true' : undefined);
    }
    if (!hasRival) return;
    const isDone = done || retries === true;
    const isTaken = command === 'confirm' || (command === 'cancel' ? !isDone : isDone);
    const response = await api({
      ...createBookingCall(slotId),
      claims: createClaims(subs[commands.length + position] ?? '', 'patient'),
    });
    expect(response).toMatchObject(isTaken ? { status: 409, body: { code: 'slot_taken' } } : { status: 201 });
  }

  async function readIndexedSlots(): Promise<string[] | undefined> {
    const slots = await index.readSlots(clinic.clinicId, ...toDaySpan(start));
    return slots?.map((slot) => `${slot.doctorId} ${slot.startSeconds}`).sort();
  }

  async function readStoredSlots(): Promise<string[]> {
    const slots = await readSlotsOfDay(owner, clinic.clinicId, toUtcDay(start));
    const free = slots.filter(({ status }) => status === 'free');
    return free.map((slot) => `${slot.doctorId} ${Date.parse(slot.startTime) / 1000}`).sort();
  }
}
