import fc from 'fast-check';
import { expect } from 'vitest';
import { appointmentOf } from '../caller.ts';
import { CLINIC, type ClinicModel, type Role } from './clinic-model.ts';
import { codeOf, type LifeCommand, place, thenLook } from './life-command.ts';
import type { RealClinic } from './real-clinic.ts';

interface Booking {
  /** The time of the nth newest appointment, if there is one, else this doctor's at this place. */
  readonly after: number | undefined;
  readonly patient: number;
  readonly as: Role;
  readonly place: number;
  readonly count: number;
  readonly doctor: number | undefined;
  readonly bySlot: boolean;
  readonly hold: boolean;
}

/** Somebody books or holds a time, for themselves or through the staff: by time, with a doctor or any, or by the slot. */
export const bookings: fc.Arbitrary<LifeCommand> = fc
  .record<Booking>({
    after: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
    patient: fc.nat(CLINIC.patients - 1),
    as: fc.constantFrom('patient', 'patient', 'patient', 'admin', 'doctor'),
    place,
    count: fc.constantFrom(1, 1, 2, 3),
    doctor: fc.option(fc.nat(CLINIC.doctors - 1), { nil: undefined, freq: 1 }),
    bySlot: fc.boolean(),
    hold: fc.boolean(),
  })
  .map((booking) => ({
    check: () => true,
    run: (model, real) => thenLook(model, real, () => run(aimed(booking, model), model, real)),
    toString: () => `book ${JSON.stringify(booking)}`,
  }));

function aimed(booking: Booking, { appointments }: ClinicModel): Booking {
  const aim = booking.after === undefined ? undefined : appointments.at(-1 - booking.after);
  return aim ? { ...booking, doctor: aim.doctor, place: aim.place } : booking;
}

async function run(booking: Booking, model: ClinicModel, real: RealClinic): Promise<void> {
  const { patient, as, hold } = booking;
  const refusals = [...model.refusalsOfTime(booking, patient, as), ...model.refusalsOfPatient(patient, as, hold)];
  const candidates = model.leastBusy(model.candidates(booking));

  const given = await callerOf(booking, real).book({
    ...timeOf(booking, model, real),
    slots: booking.count,
    hold,
    patientId: as === 'patient' ? undefined : real.patientIds[patient],
  });
  const code = codeOf(given, hold ? 'hold' : 'book', real);
  if (refusals.length > 0) {
    expect(refusals).toContain(code);
    return;
  }
  const appointment = appointmentOf(given);
  const doctor = real.doctorIds.indexOf(appointment.doctor.id);
  expect(candidates).toContain(doctor);
  model.appointments.push({
    id: appointment.id,
    patient,
    count: booking.count,
    doctor,
    place: booking.place,
    status: hold ? 'pending' : 'booked',
    version: 1,
    expiresAt: hold ? model.holdEnd(booking.place) : undefined,
    renewed: false,
    told: [hold ? 'appointment_held' : 'appointment_booked'],
  });
}

function callerOf({ as, patient }: Booking, real: RealClinic) {
  const caller = { patient: real.patients[patient], doctor: real.doctors[0], admin: real.admin }[as];
  if (!caller) throw new Error(`There is no ${as} ${patient}.`);
  return caller;
}

function timeOf({ bySlot, doctor, place }: Booking, model: ClinicModel, real: RealClinic) {
  const slotId = doctor === undefined ? undefined : real.slotIds[doctor]?.[place];
  if (bySlot && slotId) return { slotId };
  return {
    clinicId: real.clinicId,
    startTime: new Date(model.startOf(place)),
    doctorId: doctor === undefined ? undefined : real.doctorIds[doctor],
  };
}
