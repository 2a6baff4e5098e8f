import fc from 'fast-check';
import { expect } from 'vitest';
import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import { appointmentOf, type Caller } from '../caller.ts';
import { CLINIC, type ClinicModel, type ModelAppointment, type Role } from './clinic-model.ts';
import { codeOf, type LifeCommand, place, thenLook } from './life-command.ts';
import { MOVES } from './moves.ts';
import type { RealClinic } from './real-clinic.ts';

/** `who should`: the patient or the doctor, as the command has it. */
type Person = 'who should' | 'its patient' | 'another patient' | 'its doctor' | 'another doctor' | 'admin';

interface Change {
  readonly name: ChangeName;
  /** Counted from the newest appointment. */
  readonly which: number;
  readonly by: Person;
  readonly reason: boolean;
  readonly ifMatch: 'none' | 'present' | 'stale';
  /** Of a reschedule: to the time of the nth newest appointment, if there is one, else this doctor's at this place. */
  readonly onto: number | undefined;
  readonly place: number;
  readonly doctor: number | undefined;
  readonly bySlot: boolean;
}

const PEOPLE: readonly Person[] = ['its patient', 'another patient', 'its doctor', 'another doctor'];

/** Somebody, with the right to or not, gives a command on an appointment. */
export const changes: fc.Arbitrary<LifeCommand> = fc
  .record<Change>({
    name: fc.constantFrom(
      'confirm',
      'renew',
      'renew',
      'cancel',
      'reschedule',
      'reschedule',
      'complete',
      'no_show',
      'no_show',
    ),
    which: fc.nat(3),
    by: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Person>('who should', 'who should', 'admin') },
      { weight: 1, arbitrary: fc.constantFrom(...PEOPLE) },
    ),
    reason: fc.boolean(),
    ifMatch: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('none', 'present') },
      { weight: 1, arbitrary: fc.constant('stale') },
    ),
    onto: fc.option(fc.nat(3), { nil: undefined, freq: 1 }),
    place,
    doctor: fc.option(fc.nat(CLINIC.doctors - 1), { nil: undefined, freq: 1 }),
    bySlot: fc.boolean(),
  })
  .map((change) => ({
    check: (model) => model.appointments.length > 0,
    run: (model, real) => thenLook(model, real, () => run(aimed(change, model), model, real)),
    toString: () => `${change.name} ${JSON.stringify(change)}`,
  }));

function aimed(change: Change, { appointments }: ClinicModel): Change {
  const aim = change.onto === undefined ? undefined : appointments.at(-1 - change.onto);
  return aim ? { ...change, doctor: change.doctor === undefined ? undefined : aim.doctor, place: aim.place } : change;
}

async function run(change: Change, model: ClinicModel, real: RealClinic): Promise<void> {
  const a = model.appointments.at(-1 - (change.which % model.appointments.length));
  if (!a) throw new Error('There is no appointment.');
  const { by, role } = personOf(change, a, real);
  const wish = change.name === 'reschedule' ? wishOf(change, model, real) : reasonOf(change);
  const version = { none: undefined, present: model.versionOf(a), stale: model.versionOf(a) - 1 }[change.ifMatch];
  const given = await by.change(change.name, a.id, wish, { version });
  const code = codeOf(given, change.name, real);

  const permitted: readonly (Role | undefined)[] =
    change.name === 'reschedule' ? ['patient', 'admin'] : MOVES[change.name].roles;
  if (role === undefined || !permitted.includes(role)) {
    expect(code).toBe('not_found');
    return;
  }
  const stale = change.ifMatch === 'stale' ? ['precondition_failed'] : [];
  const refusals = [...stale, ...refusalsOf(change, model, a, role)];
  if (refusals.length > 0) expect(refusals).toContain(code);
  else accept(change, model, a, real.doctorIds.indexOf(appointmentOf(given).doctor.id));
}

function refusalsOf(change: Change, model: ClinicModel, a: ModelAppointment, role: Role): string[] {
  const status = model.statusOf(a);
  const { name } = change;
  if (status === 'expired' && (name === 'confirm' || name === 'renew')) return ['hold_expired'];
  const from = name === 'reschedule' ? ['booked'] : MOVES[name].from;
  if (!from.includes(status)) return ['illegal_transition'];
  if (name !== 'reschedule') return MOVES[name].refusals(model, a, role, change.reason);
  const tooLate = model.isTooLate(a, role, change.reason) ? ['too_late_to_reschedule'] : [];
  if (staysAt(change, a)) return tooLate;
  return [...tooLate, ...model.refusalsOfTime({ ...change, count: a.count }, a.patient, role, a)];
}

const staysAt = ({ place, doctor }: Change, a: ModelAppointment) =>
  place === a.place && (doctor === undefined || doctor === a.doctor);

/** Makes the change; to the doctor whom the database has chosen, if that is one of those who may be chosen. */
function accept(change: Change, model: ClinicModel, a: ModelAppointment, doctor: number): void {
  if (change.name !== 'reschedule') {
    MOVES[change.name].make(model, a);
    a.told.push(MOVES[change.name].tells);
  } else if (!staysAt(change, a)) {
    const candidates = model.candidates({ ...change, count: a.count }, a);
    expect(candidates.includes(a.doctor) ? [a.doctor] : model.leastBusy(candidates, a)).toContain(doctor);
    Object.assign(a, { place: change.place, doctor });
    a.told.push('appointment_rescheduled');
  } else {
    return;
  }
  a.version += 1;
}

const reasonOf = ({ reason }: Change) => (reason ? { reason: 'Something came up.' } : {});

function wishOf(change: Change, model: ClinicModel, real: RealClinic): object {
  const { doctor, place, bySlot } = change;
  const slotId = doctor === undefined ? undefined : real.slotIds[doctor]?.[place];
  if (bySlot && slotId) return { slotId, ...reasonOf(change) };
  const doctorId = doctor === undefined ? undefined : real.doctorIds[doctor];
  return { startTime: new Date(model.startOf(place)), doctorId, ...reasonOf(change) };
}

function personOf({ by, name }: Change, a: ModelAppointment, real: RealClinic): { by: Caller; role: Role | undefined } {
  const others = { patient: (a.patient + 1) % CLINIC.patients, doctor: (a.doctor + 1) % CLINIC.doctors };
  const people: Record<Exclude<Person, 'who should'>, readonly [Caller | undefined, Role | undefined]> = {
    'its patient': [real.patients[a.patient], 'patient'],
    'another patient': [real.patients[others.patient], undefined],
    'its doctor': [real.doctors[a.doctor], 'doctor'],
    'another doctor': [real.doctors[others.doctor], undefined],
    admin: [real.admin, 'admin'],
  };
  const should = name === 'complete' || name === 'no_show' ? 'its doctor' : 'its patient';
  const [person, role] = people[by === 'who should' ? should : by];
  if (!person) throw new Error(`There is no ${by}.`);
  return { by: person, role };
}
