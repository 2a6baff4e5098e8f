import fc from 'fast-check';
import { expect } from 'vitest';
import { unwrapAppointment } from '../clinic/test-actor.ts';
import { CLINIC, type ClinicModel, type Role } from './clinic-model.ts';
import { arbitraryPlace, countOutcome, type LifeCommand, runAndCompare } from './lifecycle-command.ts';
import type { RealClinic } from './real-clinic.ts';

interface BookingCommand {
  /** Use the time and doctor of the nth newest appointment, if it exists, instead of `place` and `doctor`. */
  readonly reuseTimeOf: number | undefined;
  readonly patient: number;
  readonly role: Role;
  readonly place: number;
  readonly count: number;
  readonly doctor: number | undefined;
  readonly usesSlotId: boolean;
  readonly isHold: boolean;
}

/** Generates commands that book or hold a time: by a patient or the staff, by start time (with a doctor or any doctor) or by slot. */
export const bookings: fc.Arbitrary<LifeCommand> = fc
  .record<BookingCommand>({
    reuseTimeOf: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
    patient: fc.nat(CLINIC.patients - 1),
    role: fc.constantFrom('patient', 'patient', 'patient', 'admin', 'doctor'),
    place: arbitraryPlace,
    count: fc.constantFrom(1, 1, 2, 3),
    doctor: fc.option(fc.nat(CLINIC.doctors - 1), { nil: undefined, freq: 1 }),
    usesSlotId: fc.boolean(),
    isHold: fc.boolean(),
  })
  .map((booking) => ({
    check: () => true,
    run: (model, real) => runAndCompare(model, real, () => runBooking(resolveTarget(booking, model), model, real)),
    toString: () => `book ${JSON.stringify(booking)}`,
  }));

function resolveTarget(booking: BookingCommand, { appointments }: ClinicModel): BookingCommand {
  const target = booking.reuseTimeOf === undefined ? undefined : appointments.at(-1 - booking.reuseTimeOf);
  return target ? { ...booking, doctor: target.doctor, place: target.place } : booking;
}

async function runBooking(booking: BookingCommand, model: ClinicModel, real: RealClinic): Promise<void> {
  const { patient, role, isHold } = booking;
  const refusals = [
    ...model.listRefusalsOfTime(booking, patient, role),
    ...model.listRefusalsOfPatient(patient, role, isHold),
  ];
  const candidates = model.findLeastBusy(model.findCandidates(booking));

  const result = await findActor(booking, real).book({
    ...toRequest(booking, model, real),
    slots: booking.count,
    hold: isHold,
    patientId: role === 'patient' ? undefined : real.patientIds[patient],
  });
  const code = countOutcome(result, isHold ? 'hold' : 'book', real);
  if (refusals.length > 0) {
    expect(refusals).toContain(code);
    return;
  }
  const appointment = unwrapAppointment(result);
  const doctor = real.doctorIds.indexOf(appointment.doctor.id);
  expect(candidates).toContain(doctor);
  model.appointments.push({
    id: appointment.id,
    patient,
    count: booking.count,
    doctor,
    place: booking.place,
    status: isHold ? 'pending' : 'booked',
    version: 1,
    expiresAt: isHold ? model.computeHoldEnd(booking.place) : undefined,
    isRenewed: false,
    publishedKinds: [isHold ? 'appointment_held' : 'appointment_booked'],
  });
}

function findActor({ role, patient }: BookingCommand, real: RealClinic) {
  const actor = { patient: real.patients[patient], doctor: real.doctors[0], admin: real.admin }[role];
  if (!actor) throw new Error(`There is no ${role} ${patient}.`);
  return actor;
}

function toRequest({ usesSlotId, doctor, place }: BookingCommand, model: ClinicModel, real: RealClinic) {
  const slotId = doctor === undefined ? undefined : real.slotIds[doctor]?.[place];
  if (usesSlotId && slotId) return { slotId };
  return {
    clinicId: real.clinicId,
    startTime: new Date(model.startOf(place)),
    doctorId: doctor === undefined ? undefined : real.doctorIds[doctor],
  };
}
