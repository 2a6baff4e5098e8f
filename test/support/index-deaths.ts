import fc from 'fast-check';
import { expect } from 'vitest';
import { dayOf } from '../../lambdas/availability/index/slots.ts';
import { claimsOf } from './api.ts';
import { insertClinic, insertPatients, insertSlots, startInDays } from './clinic.ts';
import { begun, slotsOfDay, sync, wholeDay } from './free-index.ts';
import { RELAY_POINTS, type RequestPoint } from './kill-points.ts';
import type { KillStage } from './kill-stage.ts';
import { booking, COMMANDS, type KilledRequest, prepareRequest } from './killed-request.ts';

const victim = fc.record({
  command: fc.constantFrom(...COMMANDS),
  /** Whether the patient, who heard nothing, asks again with the same key, and whether another one wants the slot then. */
  asksAgain: fc.boolean(),
  hasRival: fc.boolean(),
});

/** Two requests at once whose functions die; perhaps a relay that dies before the next one, and a sync whose snapshot is from before all that. */
export const deaths = fc.record({
  victims: fc.tuple(victim, victim),
  relayPoint: fc.option(fc.constantFrom(...RELAY_POINTS), { freq: 2 }),
  slowSync: fc.boolean(),
});
type Deaths = typeof deaths extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/**
 * Lets it happen at a clinic of its own, the victims dying at these points. When the outbox is drained, the index must answer what the
 * database has for every slot. Answers the names of the points at which somebody died.
 */
export async function liveThroughDeaths(
  stage: KillStage,
  points: readonly RequestPoint[],
  { victims, relayPoint, slowSync }: Deaths,
): Promise<string[]> {
  const { owner, index, api } = stage;
  const clinic = await insertClinic(owner, { doctors: victims.length, horizonDays: 5 });
  const start = startInDays(3);
  const slotIds = await insertSlots(owner, clinic, start, 2);
  const subs = await insertPatients(owner, 2 * victims.length);
  await sync(index, owner, clinic.clinicId, ...wholeDay(start));

  const requests = await Promise.all(
    victims.map(({ command }, place) =>
      prepareRequest(stage, subs[place] ?? '', command, slotIds.slice(2 * place, 2 * place + 2)),
    ),
  );
  const lease = await begun(index, clinic.clinicId, dayOf(start));
  const snapshot = await slotsOfDay(owner, clinic.clinicId, dayOf(start));
  const names: string[] = [];
  const ends = await Promise.all(
    points.map(async (point, place) => {
      const end = await requests[place]?.dieAt(point);
      if (end?.died) names.push(point.name);
      return end?.done === true;
    }),
  );
  for (const [place, request] of requests.entries()) await goOn(request, place, ends[place] === true);
  if (relayPoint) {
    const relay = await stage.start('outbox-relay');
    const result = await relay.invokeUntil(relayPoint, {});
    if (!result) names.push(relayPoint.name);
  }
  await stage.drain();
  if (slowSync) expect(await index.merge(lease, snapshot)).toBeDefined();
  expect(await told(), 'what the index answers').toEqual(await stored());
  return names;

  /** After a death: what was done is done once, and what was not can still be done, by whoever comes first. */
  async function goOn({ command, call, slotId }: KilledRequest, place: number, done: boolean): Promise<void> {
    const { asksAgain, hasRival } = victims[place] ?? {};
    if (asksAgain) {
      const { status, headers } = await api(call);
      expect([200, 201]).toContain(status);
      expect(headers?.['Idempotency-Replayed']).toBe(done ? 'true' : undefined);
    }
    if (!hasRival) return;
    const isDone = done || asksAgain === true;
    const isTaken = command === 'confirm' || (command === 'cancel' ? !isDone : isDone);
    const answer = await api({ ...booking(slotId), claims: claimsOf(subs[victims.length + place] ?? '', 'patient') });
    expect(answer).toMatchObject(isTaken ? { status: 409, body: { code: 'slot_taken' } } : { status: 201 });
  }

  async function told(): Promise<string[] | undefined> {
    const slots = await index.read(clinic.clinicId, ...wholeDay(start));
    return slots?.map((slot) => `${slot.doctorId} ${slot.start}`).sort();
  }

  async function stored(): Promise<string[]> {
    const slots = await slotsOfDay(owner, clinic.clinicId, dayOf(start));
    const free = slots.filter(({ status }) => status === 'free');
    return free.map((slot) => `${slot.doctorId} ${Date.parse(slot.start) / 1000}`).sort();
  }
}
