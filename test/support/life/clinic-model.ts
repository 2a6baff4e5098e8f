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
  renewed: boolean;
  readonly told: string[];
}

export interface Wish {
  readonly place: number;
  readonly count: number;
  /** undefined: any of them. */
  readonly doctor: number | undefined;
}

/** The clinic as a receptionist would keep it on paper: who has which time, and which times are crossed out. It knows no locks and no sweeper. */
export class ClinicModel {
  readonly opening: number;
  readonly appointments: ModelAppointment[] = [];
  readonly closures: Closure[][] = grid(() => 'free');
  now: number;

  constructor(opening: Date, now: Date) {
    this.opening = opening.getTime();
    this.now = now.getTime();
  }

  startOf(place: number): number {
    return this.opening + place * PLACE;
  }

  hasExpired(a: ModelAppointment): boolean {
    return a.status === 'pending' && a.expiresAt !== undefined && a.expiresAt <= this.now;
  }

  statusOf(a: ModelAppointment): string {
    return this.hasExpired(a) ? 'expired' : a.status;
  }

  versionOf(a: ModelAppointment): number {
    return a.version + (this.hasExpired(a) ? 1 : 0);
  }

  /** Who has a time: whoever is to come, has come, or should have come. */
  at({ doctor, place }: Place): ModelAppointment | undefined {
    return this.appointments.find(
      (a) =>
        ['pending', 'booked', 'completed', 'no_show'].includes(this.statusOf(a)) &&
        a.doctor === doctor &&
        a.place <= place &&
        place < a.place + a.count,
    );
  }

  slotStatus(at: Place): string {
    const taken = this.at(at);
    if (!taken) return this.closures[at.doctor]?.[at.place] ?? 'withdrawn';
    return taken.status === 'pending' ? 'held' : 'booked';
  }

  isFree(at: Place, but?: ModelAppointment): boolean {
    const taken = this.at(at);
    return this.closures[at.doctor]?.[at.place] === 'free' && (taken === undefined || taken === but);
  }

  /** The doctors who could take a wish; an appointment to be moved is not in its own way. */
  candidates({ place, count, doctor }: Wish, moved?: ModelAppointment): number[] {
    return numbers(CLINIC.doctors).filter(
      (other) =>
        (doctor === undefined || doctor === other) &&
        numbers(count).every((n) => this.isFree({ doctor: other, place: place + n }, moved)),
    );
  }

  /** Of these doctors those with the fewest taken times. */
  leastBusy(doctors: readonly number[], moved?: ModelAppointment): number[] {
    const load = (doctor: number) =>
      numbers(CLINIC.places).filter((place) => ![undefined, moved].includes(this.at({ doctor, place }))).length;
    const least = Math.min(...doctors.map(load));
    return doctors.filter((doctor) => load(doctor) === least);
  }

  /** Why nobody can take a wish: it is taken, or there is no such time. */
  whyNot({ place, count, doctor }: Wish, moved?: ModelAppointment): string {
    const exists = (at: Place) => {
      const taken = this.at(at);
      return (
        (taken !== undefined && taken !== moved) ||
        (this.closures[at.doctor]?.[at.place] ?? 'withdrawn') !== 'withdrawn'
      );
    };
    const offered = numbers(CLINIC.doctors).some(
      (other) =>
        (doctor === undefined || doctor === other) &&
        numbers(count).every((n) => exists({ doctor: other, place: place + n })),
    );
    return offered ? 'slot_taken' : 'not_bookable slot';
  }

  /** Everything that stands against taking a wish for a patient now, whatever a clinic would say first. */
  refusalsOfTime(wish: Wish, patient: number, role: Role, moved?: ModelAppointment): string[] {
    const start = this.startOf(wish.place);
    const busy = this.appointments.some(
      (a) =>
        a !== moved &&
        a.patient === patient &&
        ['pending', 'booked'].includes(this.statusOf(a)) &&
        a.place < wish.place + wish.count &&
        wish.place < a.place + a.count,
    );
    return [
      ...(start < this.now ? ['not_bookable past'] : []),
      ...(role === 'patient' && start < this.now + CLINIC.noticeMinutes * MINUTE ? ['not_bookable notice'] : []),
      ...(this.candidates(wish, moved).length === 0 ? [this.whyNot(wish, moved)] : []),
      ...(busy ? ['patient_busy'] : []),
    ];
  }

  /** What stands against one more appointment or hold of a patient. */
  refusalsOfPatient(patient: number, role: Role, hold: boolean): string[] {
    const has = (fits: (a: ModelAppointment) => boolean) =>
      this.appointments.filter((a) => a.patient === patient && fits(a)).length;
    const held = has((a) => this.statusOf(a) === 'pending');
    const ahead = has((a) => ['pending', 'booked'].includes(this.statusOf(a)) && this.startOf(a.place) > this.now);
    const missed = has((a) => a.status === 'no_show');
    const alone = role === 'patient';
    return [
      ...(hold && held >= CLINIC.holdsPerPatient ? ['too_many_holds'] : []),
      ...(alone && ahead >= CLINIC.appointmentsPerPatient ? ['too_many_appointments'] : []),
      ...(alone && missed >= CLINIC.noShowsPerPatient ? ['too_many_no_shows'] : []),
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

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function grid<T>(make: () => T): T[][] {
  return numbers(CLINIC.doctors).map(() => numbers(CLINIC.places).map(make));
}
