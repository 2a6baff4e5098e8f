/** A slot as an outbox row carries it: slots_json() in the migrations. */
export interface SlotState {
  readonly id: string;
  readonly doctorId: string;
  /** Instants as the API gives them. */
  readonly start: string;
  readonly end: string;
  readonly seat: number;
  readonly status: string;
  readonly version: number;
}

interface Place {
  /** Epoch seconds. */
  readonly start: number;
  readonly end: number;
  readonly seat: number;
}

/** A free slot as the index has it. Doctor, start and seat tell it from every other. */
export interface IndexedSlot extends Place {
  readonly doctorId: string;
}

/** Free slots that differ in their doctors alone, as most do of those that start together. */
export interface IndexedGroup extends Place {
  readonly doctorIds: readonly string[];
}

/** The UTC day on which an instant is: 2030-01-31. */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);

/** The UTC days that a span touches. */
export function daysOf(from: Date, to: Date): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from.getTime() / DAY) * DAY; at < to.getTime(); at += DAY) days.push(dayOf(new Date(at)));
  return days;
}

const DAY = 86_400_000;

/** The set and the hash of a clinic's day. The braces keep all days of a clinic on one server of a cluster. */
export const keysOf = (clinicId: string, day: string): [set: string, state: string] => {
  const key = `avail:{${clinicId}}:${day}`;
  return [key, `${key}:state`];
};

/** What the scripts are told of a slot, on the day of this place among their keys. */
export function argumentsOf(slot: SlotState, place: number): (string | number)[] {
  const [start, end] = [slot.start, slot.end].map((instant) => Date.parse(instant) / 1000);
  const free = slot.status === 'free' ? 'f' : '-';
  return [place, slot.id, slot.version, free, start ?? 0, `${slot.id}:${slot.doctorId}:${end}:${slot.seat}`];
}

/** Reads what the index answers for a day. Thousands of slots, and nobody else writes them: they are not checked one by one. */
export function groupsOf(view: string): IndexedGroup[] {
  const [doctors, groups]: [readonly string[], readonly WrittenGroup[]] = JSON.parse(view);
  return groups.map(([start, end, seat, ...places]) => ({
    start,
    end,
    seat,
    doctorIds: places.map((place) => doctors[place] ?? ''),
  }));
}

type WrittenGroup = readonly [start: number, end: number, seat: number, ...places: number[]];
