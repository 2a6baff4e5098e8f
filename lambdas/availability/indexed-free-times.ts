import type { Db } from '../shared/sql.ts';
import { type FreeTime, type FreeTimesQuery, MAX_SLOT_MINUTES } from './availability.sql.ts';
import { type CachedClinic, createClinicDirectory, foldCase } from './clinic-directory.ts';
import { findBookableDoctors } from './find-bookable-doctors.ts';
import type { FreeSlotIndex, IndexedGroup } from './free-slot-index/free-slot-index.ts';

/** The clinic and the doctors whose free times are read. */
interface TimesFilter {
  readonly clinicId: string;
  readonly doctorId?: string | undefined;
  readonly specialization?: string | undefined;
}

/**
 * The free times from the index, the same as from the database. The methods return undefined if the query must go to the database: when
 * the index cannot serve it, and when the clinic or the doctor is unknown, because only the database can confirm that it does not exist.
 */
export interface IndexedFreeTimes {
  /** Returns the times from `from` (inclusive) to `to` (exclusive). */
  list(query: TimesFilter & Pick<FreeTimesQuery, 'from' | 'to'>, slotCount: number): Promise<FreeTime[] | undefined>;
  /** Returns the `limit` soonest times that can be booked. */
  listNext(query: TimesFilter, slotCount: number, limit: number): Promise<FreeTime[] | undefined>;
}

interface Deps {
  readonly db: Db;
  readonly index: FreeSlotIndex;
  /** Milliseconds since the epoch. @default - `Date.now` */
  readonly clock?: () => number;
}

const DAY_MILLISECONDS = 86_400_000;
/** The search widens in steps, because most clinics have free times within two days. */
const SEARCH_STEP_DAYS = [2, 12, 48];
/** If the cached clinic lacks a doctor and is older than this, it is loaded again. If that does not help, the database serves the query. */
const UNKNOWN_DOCTOR_MAX_AGE_MILLISECONDS = 1_000;

/** Creates free times that are read from this index. The booking window and the doctors of a clinic are read from `db`, once a minute. */
export function createIndexedFreeTimes({ db, index, clock }: Deps): IndexedFreeTimes {
  const directory = createClinicDirectory(db, clock);

  return {
    async list(query, slotCount) {
      const clinic = await directory.find(query.clinicId);
      if (!clinic || !hasActiveDoctor(clinic, query.doctorId)) return undefined;
      const { opens, closes } = clinic.getBookingWindow();
      // The last instant of the window can be booked, and slots start at whole seconds.
      const from = Math.max(query.from.getTime(), opens);
      const to = Math.min(query.to.getTime(), closes + 1);
      return from < to ? listTimesBetween(query, from, to, slotCount) : undefined;
    },

    async listNext(query, slotCount, limit) {
      const clinic = await directory.find(query.clinicId);
      if (!clinic || !hasActiveDoctor(clinic, query.doctorId)) return undefined;
      const { opens, closes } = clinic.getBookingWindow();
      const foundTimes: FreeTime[] = [];
      let from = opens;
      for (let step = 0; from <= closes && foundTimes.length < limit; step += 1) {
        const to = Math.min(from + (SEARCH_STEP_DAYS[step] ?? 48) * DAY_MILLISECONDS, closes + 1);
        const times = await listTimesBetween(query, from, to, slotCount);
        if (!times) return undefined;
        foundTimes.push(...times);
        from = to;
      }
      return foundTimes.slice(0, limit);
    },
  };

  async function listTimesBetween(
    query: TimesFilter,
    from: number,
    to: number,
    slotCount: number,
  ): Promise<FreeTime[] | undefined> {
    const readUntil = to + (slotCount - 1) * MAX_SLOT_MINUTES * 60_000;
    const groups = await index.readGroups(query.clinicId, new Date(from), new Date(readUntil));
    const clinic = groups && (await findClinicWithDoctorsOf(query.clinicId, groups));
    if (!clinic) return undefined;
    const eligibleDoctors = listEligibleDoctors(clinic, query);
    const eligibleGroups = groups.map((group) => ({
      ...group,
      doctorIds: group.doctorIds.filter((id) => eligibleDoctors.has(id)),
    }));
    return [...findBookableDoctors(eligibleGroups, slotCount)]
      .filter(([start]) => start * 1000 < to)
      .toSorted(([first], [second]) => first - second)
      .map(([start, doctors]) => ({ startTime: formatUtc(start), availableDoctors: doctors.size }));
  }

  /** Returns the clinic if it has all the doctors of these slots. */
  async function findClinicWithDoctorsOf(
    clinicId: string,
    groups: readonly IndexedGroup[],
  ): Promise<CachedClinic | undefined> {
    for (const maxAgeMilliseconds of [undefined, UNKNOWN_DOCTOR_MAX_AGE_MILLISECONDS]) {
      const clinic = await directory.find(clinicId, maxAgeMilliseconds);
      if (clinic && groups.every(({ doctorIds }) => doctorIds.every((id) => clinic.doctors.has(id)))) return clinic;
    }
    return undefined;
  }
}

const hasActiveDoctor = ({ doctors }: CachedClinic, doctorId: string | undefined) =>
  doctorId === undefined || doctors.get(doctorId)?.active === true;

function listEligibleDoctors({ doctors }: CachedClinic, { doctorId, specialization }: TimesFilter): Set<string> {
  const foldedSpecialization = specialization === undefined ? undefined : foldCase(specialization);
  const eligible = [...doctors].filter(
    ([id, doctor]) =>
      doctor.active &&
      (doctorId === undefined || id === doctorId) &&
      (foldedSpecialization === undefined || doctor.specialization === foldedSpecialization),
  );
  return new Set(eligible.map(([id]) => id));
}

const formatUtc = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
