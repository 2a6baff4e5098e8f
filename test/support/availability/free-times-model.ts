import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { expect } from 'vitest';
import { executeBookAppointment } from '../../../lambdas/appointments/appointments.sql.ts';
import { type FreeTimesQuery, listFreeSlots, listFreeTimes } from '../../../lambdas/availability/availability.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertClinic, insertPatients } from '../clinic/insert-clinic.ts';
import { setClock } from '../database/test-clock.ts';
import { rollBackAfter } from '../database/test-database.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SLOT = 30 * MINUTE;
const BASE = Date.parse('2026-06-10T09:00:00Z');

interface FreeTimesEnvironment {
  readonly owner: pg.Client;
  readonly availability: Db;
  readonly patients: pg.Client;
}

/** Checks in random clinics that the free times equal those of a simple model, and that exactly these times can be booked. */
export async function checkFreeTimes(
  { owner, availability, patients }: FreeTimesEnvironment,
  numRuns: number,
): Promise<void> {
  const [sub = ''] = await insertPatients(owner, 1);
  await fc.assert(
    fc.asyncProperty(arbitraryScenario.map(toScenario), async (scenario) => {
      const clinicId = await insertScenario(owner, scenario);
      const query = createQuery(scenario, clinicId);
      const expected = computeFreeTimes(scenario, scenario.slots);

      const { times, ...existence } = await listFreeTimes(availability, query, scenario.slots);
      expect(times).toEqual(
        [...expected]
          .filter(([start]) => isWithinSpan(scenario, start))
          .toSorted(([one], [other]) => one - other)
          .map(([start, availableDoctors]) => ({ startTime: toUtcText(start), availableDoctors })),
      );
      expect(existence).toEqual({
        clinicExists: true,
        doctorExists: scenario.filter !== 'doctor' || scenario.doctors[0]?.active,
      });

      const starts = scenario.doctors.flatMap((doctor) => doctor.places.map((_, place) => startOf(doctor, place)));
      for (const start of new Set(starts)) {
        const outcome = await bookAndRollBack(patients, sub, query, start, scenario.slots);
        expect([toUtcText(start), outcome === 'done' ? 'done' : 'refused']).toEqual([
          toUtcText(start),
          expected.has(start) ? 'done' : 'refused',
        ]);
      }
    }),
    { numRuns, seed: 20260611 },
  );
}

/** Checks in random clinics that the free slots on all pages together equal those of a simple model. */
export async function checkFreeSlots({ owner, availability }: FreeTimesEnvironment, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitraryScenario.map(toScenario), fc.integer({ min: 1, max: 5 }), async (scenario, limit) => {
      const query = createQuery(scenario, await insertScenario(owner, scenario));
      const expected = scenario.doctors
        .filter((doctor) => isRequested(scenario, doctor))
        .flatMap((doctor) =>
          doctor.places.flatMap((seats, place) => {
            const start = startOf(doctor, place);
            if (!isBookable(scenario, start) || !isWithinSpan(scenario, start)) return [];
            const slot = { doctorId: doctor.id, startTime: toUtcText(start), endTime: toUtcText(start + SLOT) };
            return seats.filter((name) => name === 'free').map(() => JSON.stringify(slot));
          }),
        );
      const found = await readAllPages(availability, query, limit);
      expect(found.map(({ id: _, ...slot }) => JSON.stringify(slot)).toSorted()).toEqual(expected.toSorted());
      const order = found.map(({ id, startTime }) => `${startTime} ${id}`);
      expect(order).toEqual(order.toSorted());
      expect(new Set(order).size).toBe(order.length);
    }),
    { numRuns, seed: 20260612 },
  );
}

async function readAllPages(availability: Db, query: FreeTimesQuery, limit: number) {
  const found = [];
  for (let after: { key: string; id: string } | undefined; ; ) {
    const { slots } = await listFreeSlots(availability, query, after, limit);
    found.push(...slots);
    const last = slots.at(-1);
    if (!last || slots.length < limit) return found;
    after = { key: last.startTime, id: last.id };
  }
}

/** The slot of a seat at a place of the grid: its status and its status when released. A seat can also have no slot, `none`. */
const STATES = {
  free: ['free', 'free'],
  booked: ['booked', 'free'],
  bookedThenWithdrawn: ['booked', 'withdrawn'],
  heldThenHoliday: ['held', 'holiday'],
  held: ['held', 'free'],
  blocked: ['blocked', 'blocked'],
  holiday: ['holiday', 'holiday'],
  withdrawn: ['withdrawn', 'withdrawn'],
} as const;
type State = keyof typeof STATES | 'none';

interface GridDoctor {
  readonly id: string;
  readonly active: boolean;
  readonly specialization: string;
  /** The offset of this doctor's slots from the common grid. */
  readonly shiftMinutes: number;
  /** By place in the grid, then by seat. */
  readonly places: readonly (readonly State[])[];
}

interface Scenario {
  readonly doctors: readonly GridDoctor[];
  readonly noticeMinutes: number;
  /** Instants in milliseconds since the epoch. */
  readonly now: number;
  readonly from: number;
  readonly length: number;
  readonly slots: number;
  readonly filter: 'none' | 'doctor' | 'specialization';
}

const state = fc.oneof(
  { weight: 6, arbitrary: fc.constant<State>('free') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<State>(
      'none',
      'booked',
      'bookedThenWithdrawn',
      'heldThenHoliday',
      'held',
      'blocked',
      'holiday',
      'withdrawn',
    ),
  },
);

const quarterHours = (min: number, max: number) => fc.integer({ min, max }).map((quarter) => quarter * 15 * MINUTE);

const arbitraryScenario = fc.record({
  doctors: fc.array(
    fc.record({
      active: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      specialization: fc.constantFrom('Cardiology', 'cardiology', 'Dermatology'),
      shiftMinutes: fc.constantFrom(0, 0, 15),
      places: fc.array(fc.array(state, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  noticeMinutes: fc.constantFrom(0, 30, 45),
  // Near the first slots and near one day before them: the limits of the past, the notice and the horizon of one day.
  now: fc
    .oneof(
      quarterHours(-8, 12),
      quarterHours(-8, 12).map((offset) => offset - DAY),
      fc.constant(-6 * 60 * MINUTE),
    )
    .map((offset) => BASE + offset),
  from: quarterHours(-40, 12).map((offset) => BASE + offset),
  length: quarterHours(0, 40),
  slots: fc.integer({ min: 1, max: 4 }),
  filter: fc.constantFrom<Scenario['filter']>('none', 'doctor', 'specialization'),
});

type DrawnScenario = typeof arbitraryScenario extends fc.Arbitrary<infer Value> ? Value : never;

/** Gives the doctors new ids, because all runs use the same database. */
const toScenario = (scenario: DrawnScenario): Scenario => ({
  ...scenario,
  doctors: scenario.doctors.map((doctor) => ({ ...doctor, id: randomUUID() })),
});

async function insertScenario(owner: pg.Client, { doctors, noticeMinutes, now }: Scenario): Promise<string> {
  await setClock(owner, now);
  const { clinicId } = await insertClinic(owner, { doctors: 0, noticeMinutes, horizonDays: 1 });
  await owner.query(
    `insert into doctors (id, clinic_id, name, email, specialization, active)
     select id, $1, 'Doctor', id || '@example.com', specialization, active
     from jsonb_to_recordset($2) as d (id uuid, specialization text, active boolean)`,
    [clinicId, JSON.stringify(doctors)],
  );
  const slots = doctors.flatMap((doctor) =>
    doctor.places.flatMap((seats, place) =>
      seats.flatMap((name, index) => {
        if (name === 'none') return [];
        const [status, status_when_released] = STATES[name];
        const start = startOf(doctor, place);
        const held_until = status === 'held' ? new Date(now + MINUTE) : null;
        return {
          doctor_id: doctor.id,
          start: new Date(start),
          end: new Date(start + SLOT),
          seat: index + 1,
          status,
          status_when_released,
          held_until,
        };
      }),
    ),
  );
  await owner.query(
    `insert into availability_slots (clinic_id, doctor_id, start_time, end_time, seat, status, status_when_released, held_until)
     select $1, doctor_id, start, "end", seat, status, status_when_released, held_until
     from jsonb_to_recordset($2) as s (
       doctor_id uuid, start timestamptz, "end" timestamptz, seat smallint, status text, status_when_released text, held_until timestamptz)`,
    [clinicId, JSON.stringify(slots)],
  );
  return clinicId;
}

const startOf = ({ shiftMinutes }: GridDoctor, place: number) => BASE + place * SLOT + shiftMinutes * MINUTE;
const toUtcText = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

// The simple model: it tests every rule for every doctor and place.
const isRequested = ({ doctors, filter }: Scenario, doctor: GridDoctor) =>
  doctor.active &&
  (filter !== 'doctor' || doctor === doctors[0]) &&
  (filter !== 'specialization' || doctor.specialization.toLowerCase() === 'cardiology');

function isBookable({ now, noticeMinutes }: Scenario, start: number): boolean {
  if (start < now) return false;
  if (start < now + noticeMinutes * MINUTE) return false;
  return start <= now + DAY;
}

const hasConsecutiveSlots = (doctor: GridDoctor, place: number, count: number) =>
  Array.from({ length: count }, (_, index) => doctor.places[place + index]?.includes('free') ?? false).every(Boolean);

/** Returns the number of available doctors by start time. */
function computeFreeTimes(scenario: Scenario, count: number): Map<number, number> {
  const starts = new Map<number, number>();
  for (const doctor of scenario.doctors.filter((each) => isRequested(scenario, each))) {
    for (const place of doctor.places.keys()) {
      const start = startOf(doctor, place);
      if (isBookable(scenario, start) && hasConsecutiveSlots(doctor, place, count))
        starts.set(start, (starts.get(start) ?? 0) + 1);
    }
  }
  return starts;
}

const createQuery = ({ doctors, filter, from, length }: Scenario, clinicId: string): FreeTimesQuery => ({
  clinicId,
  doctorId: filter === 'doctor' ? doctors[0]?.id : undefined,
  specialization: filter === 'specialization' ? 'CARDIOLOGY' : undefined,
  from: new Date(from),
  to: new Date(from + length),
});

const isWithinSpan = ({ from, length }: Scenario, start: number) => start >= from && start < from + length;

/** Returns the outcome of a booking at this instant, and rolls it back. */
async function bookAndRollBack(
  patients: pg.Client,
  sub: string,
  query: FreeTimesQuery,
  start: number,
  slots: number,
): Promise<string> {
  const command = { sub, groups: ['patient'], requestId: randomUUID(), idempotencyKey: undefined, requestHash: 'hash' };
  const request = { ...query, startTime: new Date(start), slots, type: 'in_person', hold: false } as const;
  const { result } = await rollBackAfter(patients, (tx) => executeBookAppointment(tx, command, randomUUID(), request));
  return result.outcome;
}
