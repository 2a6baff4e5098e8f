import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import type { ClinicModel, ModelAppointment, Role } from './clinic-model.ts';

interface Move {
  readonly from: readonly string[];
  readonly roles: readonly Role[];
  /** What stands against it besides the status. */
  refusals(model: ClinicModel, a: ModelAppointment, role: Role, reason: boolean): string[];
  /** Makes it, but for the version and what is told. */
  make(model: ClinicModel, a: ModelAppointment): void;
  readonly tells: string;
}

const PATIENT_SIDE = ['patient', 'admin'] as const;
const DOCTOR_SIDE = ['doctor', 'admin'] as const;
const nothing = () => [];
const untilTheStart: Move['refusals'] = (model, a) => (model.now < model.startOf(a.place) ? ['too_early'] : []);

/** The moves of an appointment as the design tells them, but for rescheduling, which needs a wish. */
export const MOVES: Readonly<Record<Exclude<ChangeName, 'reschedule'>, Move>> = {
  confirm: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    refusals: nothing,
    make: (_, a) => void Object.assign(a, { status: 'booked', expiresAt: undefined }),
    tells: 'appointment_confirmed',
  },
  renew: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    refusals: (_, a) => (a.renewed ? ['already_renewed'] : []),
    make: (model, a) => void Object.assign(a, { renewed: true, expiresAt: model.holdEnd(a.place) }),
    tells: 'appointment_renewed',
  },
  cancel: {
    from: ['pending', 'booked'],
    roles: PATIENT_SIDE,
    refusals: (model, a, role, reason) =>
      a.status === 'booked' && model.isTooLate(a, role, reason) ? ['too_late_to_cancel'] : [],
    make: (_, a) => void Object.assign(a, { status: 'cancelled' }),
    tells: 'appointment_cancelled',
  },
  complete: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    refusals: untilTheStart,
    make: (_, a) => void Object.assign(a, { status: 'completed' }),
    tells: 'appointment_completed',
  },
  no_show: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    refusals: untilTheStart,
    make: (_, a) => void Object.assign(a, { status: 'no_show' }),
    tells: 'appointment_no_show',
  },
};
