import fc from 'fast-check';
import { expect } from 'vitest';
import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import { type TestActor, unwrapAppointment } from '../clinic/test-actor.ts';
import { CLINIC, type ClinicModel, type ModelAppointment, type Role } from './clinic-model.ts';
import { arbitraryPlace, countOutcome, type LifeCommand, runAndCompare } from './lifecycle-command.ts';
import type { RealClinic } from './real-clinic.ts';
import { TRANSITIONS } from './transitions.ts';

/** `usual`: the appointment's doctor for `complete` and `no_show`, its patient for the other commands. */
type ActorName = 'usual' | 'its patient' | 'another patient' | 'its doctor' | 'another doctor' | 'admin';

interface ChangeCommand {
  readonly name: ChangeName;
  /** Counted from the newest appointment. */
  readonly appointmentIndex: number;
  readonly actorName: ActorName;
  readonly hasReason: boolean;
  readonly ifMatch: 'none' | 'present' | 'stale';
  /** For `reschedule`: use the time of the nth newest appointment, if it exists, instead of `place` and `doctor`. */
  readonly reuseTimeOf: number | undefined;
  readonly place: number;
  readonly doctor: number | undefined;
  readonly usesSlotId: boolean;
}

const ACTOR_NAMES: readonly ActorName[] = ['its patient', 'another patient', 'its doctor', 'another doctor'];

/** Generates commands on an appointment by users with and without the permission. */
export const changes: fc.Arbitrary<LifeCommand> = fc
  .record<ChangeCommand>({
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
    appointmentIndex: fc.nat(3),
    actorName: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<ActorName>('usual', 'usual', 'admin') },
      { weight: 1, arbitrary: fc.constantFrom(...ACTOR_NAMES) },
    ),
    hasReason: fc.boolean(),
    ifMatch: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('none', 'present') },
      { weight: 1, arbitrary: fc.constant('stale') },
    ),
    reuseTimeOf: fc.option(fc.nat(3), { nil: undefined, freq: 1 }),
    place: arbitraryPlace,
    doctor: fc.option(fc.nat(CLINIC.doctors - 1), { nil: undefined, freq: 1 }),
    usesSlotId: fc.boolean(),
  })
  .map((change) => ({
    check: (model) => model.appointments.length > 0,
    run: (model, real) => runAndCompare(model, real, () => runChange(resolveTarget(change, model), model, real)),
    toString: () => `${change.name} ${JSON.stringify(change)}`,
  }));

function resolveTarget(change: ChangeCommand, { appointments }: ClinicModel): ChangeCommand {
  const target = change.reuseTimeOf === undefined ? undefined : appointments.at(-1 - change.reuseTimeOf);
  return target
    ? { ...change, doctor: change.doctor === undefined ? undefined : target.doctor, place: target.place }
    : change;
}

async function runChange(change: ChangeCommand, model: ClinicModel, real: RealClinic): Promise<void> {
  const a = model.appointments.at(-1 - (change.appointmentIndex % model.appointments.length));
  if (!a) throw new Error('There is no appointment.');
  const { actor, role } = findActor(change, a, real);
  const request = change.name === 'reschedule' ? createRequest(change, model, real) : toReasonFields(change);
  const version = { none: undefined, present: model.versionOf(a), stale: model.versionOf(a) - 1 }[change.ifMatch];
  const result = await actor.change(change.name, a.id, request, { version });
  const code = countOutcome(result, change.name, real);

  const allowedRoles: readonly (Role | undefined)[] =
    change.name === 'reschedule' ? ['patient', 'admin'] : TRANSITIONS[change.name].roles;
  if (role === undefined || !allowedRoles.includes(role)) {
    expect(code).toBe('not_found');
    return;
  }
  const stale = change.ifMatch === 'stale' ? ['precondition_failed'] : [];
  const refusals = [...stale, ...listRefusals(change, model, a, role)];
  if (refusals.length > 0) expect(refusals).toContain(code);
  else applyToModel(change, model, a, real.doctorIds.indexOf(unwrapAppointment(result).doctor.id));
}

function listRefusals(change: ChangeCommand, model: ClinicModel, a: ModelAppointment, role: Role): string[] {
  const status = model.statusOf(a);
  const { name } = change;
  if (status === 'expired' && (name === 'confirm' || name === 'renew')) return ['hold_expired'];
  const from = name === 'reschedule' ? ['booked'] : TRANSITIONS[name].from;
  if (!from.includes(status)) return ['illegal_transition'];
  if (name !== 'reschedule') return TRANSITIONS[name].listRefusals(model, a, role, change.hasReason);
  const tooLate = model.isTooLate(a, role, change.hasReason) ? ['too_late_to_reschedule'] : [];
  if (isSamePlace(change, a)) return tooLate;
  return [...tooLate, ...model.listRefusalsOfTime({ ...change, count: a.count }, a.patient, role, a)];
}

const isSamePlace = ({ place, doctor }: ChangeCommand, a: ModelAppointment) =>
  place === a.place && (doctor === undefined || doctor === a.doctor);

/** Applies the change to the model, with the doctor that the database chose, and expects that this doctor was a candidate. */
function applyToModel(change: ChangeCommand, model: ClinicModel, a: ModelAppointment, doctor: number): void {
  if (change.name !== 'reschedule') {
    TRANSITIONS[change.name].apply(model, a);
    a.publishedKinds.push(TRANSITIONS[change.name].publishedKind);
  } else if (!isSamePlace(change, a)) {
    const candidates = model.findCandidates({ ...change, count: a.count }, a);
    expect(candidates.includes(a.doctor) ? [a.doctor] : model.findLeastBusy(candidates, a)).toContain(doctor);
    Object.assign(a, { place: change.place, doctor });
    a.publishedKinds.push('appointment_rescheduled');
  } else {
    return;
  }
  a.version += 1;
}

const toReasonFields = ({ hasReason }: ChangeCommand) => (hasReason ? { reason: 'Something came up.' } : {});

function createRequest(change: ChangeCommand, model: ClinicModel, real: RealClinic): object {
  const { doctor, place, usesSlotId } = change;
  const slotId = doctor === undefined ? undefined : real.slotIds[doctor]?.[place];
  if (usesSlotId && slotId) return { slotId, ...toReasonFields(change) };
  const doctorId = doctor === undefined ? undefined : real.doctorIds[doctor];
  return { startTime: new Date(model.startOf(place)), doctorId, ...toReasonFields(change) };
}

function findActor(
  { actorName, name }: ChangeCommand,
  a: ModelAppointment,
  real: RealClinic,
): { actor: TestActor; role: Role | undefined } {
  const others = { patient: (a.patient + 1) % CLINIC.patients, doctor: (a.doctor + 1) % CLINIC.doctors };
  const actors: Record<Exclude<ActorName, 'usual'>, readonly [TestActor | undefined, Role | undefined]> = {
    'its patient': [real.patients[a.patient], 'patient'],
    'another patient': [real.patients[others.patient], undefined],
    'its doctor': [real.doctors[a.doctor], 'doctor'],
    'another doctor': [real.doctors[others.doctor], undefined],
    admin: [real.admin, 'admin'],
  };
  const usualActor = name === 'complete' || name === 'no_show' ? 'its doctor' : 'its patient';
  const [actor, role] = actors[actorName === 'usual' ? usualActor : actorName];
  if (!actor) throw new Error(`There is no ${actorName}.`);
  return { actor, role };
}
