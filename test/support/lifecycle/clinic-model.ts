/** The clinic that the model and the database both begin with: small, so that its people are in each other's way. */
export const CLINIC = {
  doctors: 3,
  patients: 2,
  /** Half hours in a row, from the opening on. */
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

/** An appointment, where it is now, and what has been told of it. `status` and `version` are as they were last changed. */
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
  /** undefined: any of them. */
  readonly doctor: number | undefined;
}

/** The clinic as a receptionist would keep it on paper: who has which time, and which times are crossed out. It knows no locks and no sweeper. */
export class ClinicModel {
  readonly opening: number;
  readonly appointments: ModelAppointment[] = [];
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

  /** Who has a time: whoever is to come, has come, or should have come. */
  findAppointmentAt({ doctor, place }: Place): ModelAppointment | undefined {
    return this.appointments.find(
      (a) =>
        ['pending', 'booked', 'completed', 'no_show'].includes(this.statusOf(a)) &&
        a.doctor === doctor &&
        a.place <= place &&
        place < a.place + a.count,
    );
  }

  slotStatus(findAppointmentAt: Place): string {
    const occupying = this.findAppointmentAt(findAppointmentAt);
    if (!occupying) return this.closures[findAppointmentAt.doctor]?.[findAppointmentAt.place] ?? 'withdrawn';
    return occupying.status === 'pending' ? 'held' : 'booked';
  }

  isFree(findAppointmentAt: Place, exceptAppointment?: ModelAppointment): boolean {
    const occupying = this.findAppointmentAt(findAppointmentAt);
    return (
      this.closures[findAppointmentAt.doctor]?.[findAppointmentAt.place] === 'free' &&
      (occupying === undefined || occupying === exceptAppointment)
    );
  }

  /** The doctors who could take a wish; an appointment to be moved is not in its own way. */
  candidates({ place, count, doctor }: TimeRequest, movedAppointment?: ModelAppointment): number[] {
    return range(CLINIC.doctors).filter(
      (other) =>
        (doctor === undefined || doctor === other) &&
        range(count).every((n) => this.isFree({ doctor: other, place: place + n }, movedAppointment)),
    );
  }

  /** Of these doctors those with the fewest taken times. */
  leastBusy(doctors: readonly number[], movedAppointment?: ModelAppointment): number[] {
    const load = (doctor: number) =>
      range(CLINIC.places).filter(
        (place) => ![undefined, movedAppointment].includes(this.findAppointmentAt({ doctor, place })),
      ).length;
    const least = Math.min(...doctors.map(load));
    return doctors.filter((doctor) => load(doctor) === least);
  }

  /** Why nobody can take a wish: it is taken, or there is no such time. */
  unavailabilityReason({ place, count, doctor }: TimeRequest, movedAppointment?: ModelAppointment): string {
    const exists = (findAppointmentAt: Place) => {
      const occupying = this.findAppointmentAt(findAppointmentAt);
      return (
        (occupying !== undefined && occupying !== movedAppointment) ||
        (this.closures[findAppointmentAt.doctor]?.[findAppointmentAt.place] ?? 'withdrawn') !== 'withdrawn'
      );
    };
    const offered = range(CLINIC.doctors).some(
      (other) =>
        (doctor === undefined || doctor === other) &&
        range(count).every((n) => exists({ doctor: other, place: place + n })),
    );
    return offered ? 'slot_taken' : 'not_bookable slot';
  }

  /** Everything that stands against taking a wish for a patient now, whatever a clinic would say first. */
  refusalsOfTime(request: TimeRequest, patient: number, role: Role, movedAppointment?: ModelAppointment): string[] {
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
      ...(this.candidates(request, movedAppointment).length === 0
        ? [this.unavailabilityReason(request, movedAppointment)]
        : []),
      ...(busy ? ['patient_busy'] : []),
    ];
  }

  /** What stands against one more appointment or hold of a patient. */
  refusalsOfPatient(patient: number, role: Role, hold: boolean): string[] {
    const countAppointments = (predicate: (a: ModelAppointment) => boolean) =>
      this.appointments.filter((a) => a.patient === patient && predicate(a)).length;
    const held = countAppointments((a) => this.statusOf(a) === 'pending');
    const upcoming = countAppointments(
      (a) => ['pending', 'booked'].includes(this.statusOf(a)) && this.startOf(a.place) > this.now,
    );
    const noShows = countAppointments((a) => a.status === 'no_show');
    const isPatient = role === 'patient';
    return [
      ...(hold && held >= CLINIC.holdsPerPatient ? ['too_many_holds'] : []),
      ...(isPatient && upcoming >= CLINIC.appointmentsPerPatient ? ['too_many_appointments'] : []),
      ...(isPatient && noShows >= CLINIC.noShowsPerPatient ? ['too_many_no_shows'] : []),
    ];
  }

  isTooLate(a: ModelAppointment, role: Role, reason: boolean): boolean {
    return this.now >= this.startOf(a.place) - CLINIC.cutoffMinutes * MINUTE && (role === 'patient' || !reason);
  }

  /** Until when a hold that begins now lasts. */
  holdEnd(place: number): number {
    return Math.min(this.now + CLINIC.holdSeconds * 1000, this.startOf(place));
  }
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function createGrid<T>(createValue: () => T): T[][] {
  return range(CLINIC.doctors).map(() => range(CLINIC.places).map(createValue));
}
