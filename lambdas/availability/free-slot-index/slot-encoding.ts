/** A slot as an outbox row contains it: see slots_to_json() in the migrations. */
export interface SlotState {
  readonly id: string;
  readonly doctorId: string;
  /** UTC, in the format of responses. */
  readonly startTime: string;
  readonly endTime: string;
  readonly seat: number;
  readonly status: string;
  readonly version: number;
}

interface SlotPosition {
  /** Epoch seconds. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly seat: number;
}

/** A free slot in the index, identified by its doctor, start and seat. */
export interface IndexedSlot extends SlotPosition {
  readonly doctorId: string;
}

/** Free slots that differ only in their doctors, as most slots with the same start do. */
export interface IndexedGroup extends SlotPosition {
  readonly doctorIds: readonly string[];
}

/** Returns the UTC day of an instant: `2030-01-31`. */
export const toUtcDay = (instant: Date): string => instant.toISOString().slice(0, 10);

/** Returns the UTC days that the span from `from` (inclusive) to `to` (exclusive) touches. */
export function listUtcDays(from: Date, to: Date): string[] {
  const days: string[] = [];
  for (
    let milliseconds = Math.floor(from.getTime() / DAY_MILLISECONDS) * DAY_MILLISECONDS;
    milliseconds < to.getTime();
    milliseconds += DAY_MILLISECONDS
  )
    days.push(toUtcDay(new Date(milliseconds)));
  return days;
}

const DAY_MILLISECONDS = 86_400_000;

/** Returns the keys of the set and the hash of a clinic's day. The braces keep all days of a clinic on one server of a cluster. */
export const getDayKeys = (clinicId: string, day: string): [set: string, state: string] => {
  const key = `avail:{${clinicId}}:${day}`;
  return [key, `${key}:state`];
};

/** Returns the script arguments of a slot. `dayNumber` is the position of its day among the keys of the script, from 1. */
export function toScriptArguments(slot: SlotState, dayNumber: number): (string | number)[] {
  const [startSeconds, endSeconds] = [slot.startTime, slot.endTime].map((instant) => Date.parse(instant) / 1000);
  const statusFlag = slot.status === 'free' ? 'f' : '-';
  return [
    dayNumber,
    slot.id,
    slot.version,
    statusFlag,
    startSeconds ?? 0,
    `${slot.id}:${slot.doctorId}:${endSeconds}:${slot.seat}`,
  ];
}

/** Parses the view of a day. It is not validated, because only our scripts write it and it can have thousands of slots. */
export function parseView(view: string): IndexedGroup[] {
  const [doctors, groups]: [readonly string[], readonly EncodedGroup[]] = JSON.parse(view);
  return groups.map(([startSeconds, endSeconds, seat, ...doctorIndexes]) => ({
    startSeconds,
    endSeconds,
    seat,
    doctorIds: doctorIndexes.map((doctorIndex) => doctors[doctorIndex] ?? ''),
  }));
}

type EncodedGroup = readonly [startSeconds: number, endSeconds: number, seat: number, ...doctorIndexes: number[]];
