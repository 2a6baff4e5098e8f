import type { ChangeName } from '../../../lambdas/appointments/appointments.sql.ts';
import type { ClinicModel, ModelAppointment, Role } from './clinic-model.ts';

interface Transition {
  readonly from: readonly string[];
  readonly roles: readonly Role[];
  /** Returns the refusals for reasons other than the status. */
  listRefusals(model: ClinicModel, a: ModelAppointment, role: Role, hasReason: boolean): string[];
  /** Applies the transition to the model, except for the version and the published kinds. */
  apply(model: ClinicModel, a: ModelAppointment): void;
  readonly publishedKind: string;
}

const PATIENT_SIDE = ['patient', 'admin'] as const;
const DOCTOR_SIDE = ['doctor', 'admin'] as const;
const noRefusals = () => [];
const refuseBeforeStart: Transition['listRefusals'] = (model, a) =>
  model.now < model.startOf(a.place) ? ['too_early'] : [];

/** The transitions of an appointment according to the design. Rescheduling is separate because it needs a requested time. */
export const TRANSITIONS: Readonly<Record<Exclude<ChangeName, 'reschedule'>, Transition>> = {
  confirm: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    listRefusals: noRefusals,
    apply: (_, a) => void Object.assign(a, { status: 'booked', expiresAt: undefined }),
    publishedKind: 'appointment_confirmed',
  },
  renew: {
    from: ['pending'],
    roles: PATIENT_SIDE,
    listRefusals: (_, a) => (a.isRenewed ? ['already_renewed'] : []),
    apply: (model, a) => void Object.assign(a, { isRenewed: true, expiresAt: model.computeHoldEnd(a.place) }),
    publishedKind: 'appointment_renewed',
  },
  cancel: {
    from: ['pending', 'booked'],
    roles: PATIENT_SIDE,
    listRefusals: (model, a, role, hasReason) =>
      a.status === 'booked' && model.isTooLate(a, role, hasReason) ? ['too_late_to_cancel'] : [],
    apply: (_, a) => void Object.assign(a, { status: 'cancelled' }),
    publishedKind: 'appointment_cancelled',
  },
  complete: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    listRefusals: refuseBeforeStart,
    apply: (_, a) => void Object.assign(a, { status: 'completed' }),
    publishedKind: 'appointment_completed',
  },
  no_show: {
    from: ['booked'],
    roles: DOCTOR_SIDE,
    listRefusals: refuseBeforeStart,
    apply: (_, a) => void Object.assign(a, { status: 'no_show' }),
    publishedKind: 'appointment_no_show',
  },
};
