/** The initial clinic of the model and the database. It is small, because then commands often conflict. */
export const CLINIC = {
  doctors: 3,
  patients: 2,
  /** The number of half hours from the opening on. A place is the index of a half hour. */
  places: 6,
  noticeMinutes: 30,
  cutoffMinutes: 60,
  holdSeconds: 120,
  holdsPerPatient: 2,
  appointmentsPerPatient: 3,
  noShowsPerPatient: 1,
} as const;
const MINUTE = 60_000;
const PLACE = 30 * MINUTE;

export const CLOSURES = ['free', 'blocked', 'holiday', 'withdrawn'] as const;
export type Closure = (typeof CLOSURES)[number];
export type Role = 'patient' | 'doctor' | 'admin';

interface Place {
  readonly doctor: number;
  readonly place: number;
}

/** An appointment with the kinds of its outbox rows. `status` and `version` are those of the last command, even after a hold has expired. */
export interface ModelAppointment {
  readonly id: string;
  readonly patient: number;
  readonly count: number;
  doctor: number;
  place: number;
  status: 'pending' | 'booked' | 'cancelled' | 'completed' | 'no_show';
  version: number;
  expiresAt: number | undefined;
  isRenewed: boolean;
  readonly publishedKinds: string[];
}

export interface TimeRequest {
  readonly place: number;
  readonly count: number;
  /** Undefined: any doctor. */
  readonly doctor: number | undefined;
}

/** The appointments and closed times of a clinic, without locks and without the job that expires holds. */
export class ClinicModel {
  readonly opening: number;
  readonly appointments: ModelAppointment[] = [];
  /** By doctor, then by place: the status of a slot without an appointment. */
  readonly closures: Closure[][] = createGrid(() => 'free');
  now: number;

  constructor(opening: Date, now: Date) {
    this.opening = opening.getTime();
    this.now = now.getTime();
  }

  startOf(place: number): number {
    return this.opening + place * PLACE;
  }

  isExpired(a: ModelAppointment): boolean {
    return a.status === 'pending' && a.expiresAt !== undefined && a.expiresAt <= this.now;
  }

  statusOf(a: ModelAppointment): string {
    return this.isExpired(a) ? 'expired' : a.status;
  }

  versionOf(a: ModelAppointment): number {
    return a.version + (this.isExpired(a) ? 1 : 0);
  }

  /** Finds the appointment that occupies a slot. Cancelled and expired appointments occupy none. */
  findAppointmentAt({ doctor, place }: Place): ModelAppointment | undefined {
    return this.appointments.find(
      (a) =>
        ['pending', 'booked', 'completed', 'no_show'].includes(this.statusOf(a)) &&
        a.doctor === doctor &&
        a.place <= place &&
        place < a.place + a.count,
    );
  }

  slotStatus(slot: Place): string {
    const occupying = this.findAppointmentAt(slot);
    if (!occupying) return this.closures[slot.doctor]?.[slot.place] ?? 'withdrawn';
    return occupying.status === 'pending' ? 'held' : 'booked';
  }

  isFree(slot: Place, exceptAppointment?: ModelAppointment): boolean {
    const occupying = this.findAppointmentAt(slot);
    return (
      this.closures[slot.doctor]?.[slot.place] === 'free' &&
      (occupying === undefined || occupying === exceptAppointment)
    );
  }

  /** Finds the doctors who are free at the requested time. The slots of the appointment that is rescheduled count as free. */
  findCandidates({ place, count, doctor }: TimeRequest, movedAppointment?: ModelAppointment): number[] {
    return range(CLINIC.doctors).filter(
      (other) =>
        (doctor === undefined || doctor === other) &&
        range(count).every((n) => this.isFree({ doctor: other, place: place + n }, movedAppointment)),
    );
  }

  /** Finds those of the doctors with the fewest occupied slots. */
  findLeastBusy(doctors: readonly number[], movedAppointment?: ModelAppointment): number[] {
    const load = (doctor: number) =>
      range(CLINIC.places).filter(
        (place) => ![undefined, movedAppointment].includes(this.findAppointmentAt({ doctor, place })),
      ).length;
    const least = Math.min(...doctors.map(load));
    return doctors.filter((doctor) => load(doctor) === least);
  }

  /** Returns the refusal of a time without candidates: its slots are taken, or do not exist. */
  findUnavailableRefusal({ place, count, doctor }: TimeRequest, movedAppointment?: ModelAppointment): string {
    const exists = (slot: Place) => {
      const occupying = this.findAppointmentAt(slot);
      return (
        (occupying !== undefined && occupying !== movedAppointment) ||
        (this.closures[slot.doctor]?.[slot.place] ?? 'withdrawn') !== 'withdrawn'
      );
    };
    const offered = range(CLINIC.doctors).some(
      (other) =>
        (doctor === undefined || doctor === other) &&
        range(count).every((n) => exists({ doctor: other, place: place + n })),
    );
    return offered ? 'slot_taken' : 'not_bookable slot';
  }

  /** Lists all refusals that apply to a patient's request for a time now. The API may return any of them. */
  listRefusalsOfTime(request: TimeRequest, patient: number, role: Role, movedAppointment?: ModelAppointment): string[] {
    const start = this.startOf(request.place);
    const busy = this.appointments.some(
      (a) =>
        a !== movedAppointment &&
        a.patient === patient &&
        ['pending', 'booked'].includes(this.statusOf(a)) &&
        a.place < request.place + request.count &&
        request.place < a.place + a.count,
    );
    return [
      ...(start < this.now ? ['not_bookable past'] : []),
      ...(role === 'patient' && start < this.now + CLINIC.noticeMinutes * MINUTE ? ['not_bookable notice'] : []),
      ...(this.findCandidates(request, movedAppointment).length === 0
        ? [this.findUnavailableRefusal(request, movedAppointment)]
        : []),
      ...(busy ? ['patient_busy'] : []),
    ];
  }

  /** Lists the refusals of one more appointment or hold of a patient. */
  listRefusalsOfPatient(patient: number, role: Role, isHold: boolean): string[] {
    const countAppointments = (predicate: (a: ModelAppointment) => boolean) =>
      this.appointments.filter((a) => a.patient === patient && predicate(a)).length;
    const held = countAppointments((a) => this.statusOf(a) === 'pending');
    const upcoming = countAppointments(
      (a) => ['pending', 'booked'].includes(this.statusOf(a)) && this.startOf(a.place) > this.now,
    );
    const noShows = countAppointments((a) => a.status === 'no_show');
    const isPatient = role === 'patient';
    return [
      ...(isHold && held >= CLINIC.holdsPerPatient ? ['too_many_holds'] : []),
      ...(isPatient && upcoming >= CLINIC.appointmentsPerPatient ? ['too_many_appointments'] : []),
      ...(isPatient && noShows >= CLINIC.noShowsPerPatient ? ['too_many_no_shows'] : []),
    ];
  }

  isTooLate(a: ModelAppointment, role: Role, hasReason: boolean): boolean {
    return this.now >= this.startOf(a.place) - CLINIC.cutoffMinutes * MINUTE && (role === 'patient' || !hasReason);
  }

  /** Returns when a hold that begins now expires. */
  computeHoldEnd(place: number): number {
    return Math.min(this.now + CLINIC.holdSeconds * 1000, this.startOf(place));
  }
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function createGrid<T>(createValue: () => T): T[][] {
  return range(CLINIC.doctors).map(() => range(CLINIC.places).map(createValue));
}
