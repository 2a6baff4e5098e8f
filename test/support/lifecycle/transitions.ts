import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import type { ClinicModel, ModelAppointment, Role } from './clinic-model.ts';

interface Transition {
  readonly from: readonly string[];
  readonly roles: readonly Role[];
  /** What stands against it besides the status. */
  refusals(model: ClinicModel, a: ModelAppointment, role: Role, reason: boolean): string[];
  /** Makes it, but for the version and what is told. */
  apply(model: ClinicModel, a: ModelAppointment): void;
  readonly publishedKind: string;
}

const PATIENT_SIDE = ['patient', 'admin'] as const;
const DOCTOR_SIDE = ['doctor', 'admin'] as const;
const noRefusals = () => [];
const refuseBeforeStart: Transition['refusals'] = (model, a) =>
  model.now < model.startOf(a.place) ? ['too_early'] : [];

/** The moves of an appointment as the design tells them, but for rescheduling, which needs a wish. */
export const TRANSITIONS: Readonly<Record<Exclude<ChangeName, 'reschedule'>, Transition>> = {
  confirm: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    refusals: noRefusals,
    apply: (_, a) => void Object.assign(a, { status: 'booked', expiresAt: undefined }),
    publishedKind: 'appointment_confirmed',
  },
  renew: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    refusals: (_, a) => (a.isRenewed ? ['already_renewed'] : []),
    apply: (model, a) => void Object.assign(a, { isRenewed: true, expiresAt: model.holdEnd(a.place) }),
    publishedKind: 'appointment_renewed',
  },
  cancel: {
    from: ['pending', 'booked'],
    roles: PATIENT_SIDE,
    refusals: (model, a, role, reason) =>
      a.status === 'booked' && model.isTooLate(a, role, reason) ? ['too_late_to_cancel'] : [],
    apply: (_, a) => void Object.assign(a, { status: 'cancelled' }),
    publishedKind: 'appointment_cancelled',
  },
  complete: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    refusals: refuseBeforeStart,
    apply: (_, a) => void Object.assign(a, { status: 'completed' }),
    publishedKind: 'appointment_completed',
  },
  no_show: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    refusals: refuseBeforeStart,
    apply: (_, a) => void Object.assign(a, { status: 'no_show' }),
    publishedKind: 'appointment_no_show',
  },
};
