import type { Db } from '../shared/sql.ts';
import { type FreeTime, type FreeTimesQuery, LONGEST_SLOT_MINUTES } from './availability.sql.ts';
import { doctorsByStart } from './chains.ts';
import { clinicDirectory, fold, type ListedClinic } from './clinic-directory.ts';
import type { FreeIndex, IndexedGroup } from './index/free-index.ts';

/** Whose times: those of one clinic. */
interface Whose {
  readonly clinicId: string;
  readonly doctorId?: string | undefined;
  readonly specialization?: string | undefined;
}

/**
 * The free times from the index. They are those that the database answers; undefined where the index cannot tell, and for what it does
 * not know, because only the database knows what there is not.
 */
export interface IndexedTimes {
  /** The times from `from` until before `to`. */
  list(query: Whose & Pick<FreeTimesQuery, 'from' | 'to'>, slots: number): Promise<FreeTime[] | undefined>;
  /** The soonest times that can be booked. */
  next(query: Whose, slots: number, limit: number): Promise<FreeTime[] | undefined>;
}

interface Deps {
  readonly db: Db;
  readonly index: FreeIndex;
  /** Milliseconds since the epoch. @default - the machine's */
  readonly clock?: () => number;
}

const DAY = 86_400_000;
/** In most clinics somebody is free tomorrow, and the rest need not be read. */
const STEPS_DAYS = [2, 12, 48];
/** A doctor of whom the directory did not know may be new. It is not asked again at once: who is still unknown then is the database's matter. */
const NEWS_MILLISECONDS = 1_000;

/** The free times from this index. `db` is asked for the clinics' policies and doctors, once a minute for each. */
export function indexedTimes({ db, index, clock }: Deps): IndexedTimes {
  const directory = clinicDirectory(db, clock);

  return {
    async list(query, slots) {
      const clinic = await directory.find(query.clinicId);
      if (!clinic || !hasDoctor(clinic, query.doctorId)) return undefined;
      const { opens, closes } = clinic.window();
      // The last instant of the window can be booked, and slots start at whole seconds.
      const from = Math.max(query.from.getTime(), opens);
      const to = Math.min(query.to.getTime(), closes + 1);
      return from < to ? within(query, from, to, slots) : undefined;
    },

    async next(query, slots, limit) {
      const clinic = await directory.find(query.clinicId);
      if (!clinic || !hasDoctor(clinic, query.doctorId)) return undefined;
      const { opens, closes } = clinic.window();
      const found: FreeTime[] = [];
      let from = opens;
      for (let step = 0; from <= closes && found.length < limit; step += 1) {
        const to = Math.min(from + (STEPS_DAYS[step] ?? 48) * DAY, closes + 1);
        const times = await within(query, from, to, slots);
        if (!times) return undefined;
        found.push(...times);
        from = to;
      }
      return found.slice(0, limit);
    },
  };

  async function within(query: Whose, from: number, to: number, count: number): Promise<FreeTime[] | undefined> {
    const chainsEnd = to + (count - 1) * LONGEST_SLOT_MINUTES * 60_000;
    const slots = await index.readGroups(query.clinicId, new Date(from), new Date(chainsEnd));
    const clinic = slots && (await clinicWith(query.clinicId, slots));
    if (!clinic) return undefined;
    const asked = doctorsAsked(clinic, query);
    const slotsAsked = slots.map((group) => ({ ...group, doctorIds: group.doctorIds.filter((id) => asked.has(id)) }));
    return [...doctorsByStart(slotsAsked, count)]
      .filter(([start]) => start * 1000 < to)
      .toSorted(([one], [other]) => one - other)
      .map(([start, doctors]) => ({ startTime: utc(start), availableDoctors: doctors.size }));
  }

  /** The clinic, if the doctors of these slots are all its. */
  async function clinicWith(clinicId: string, slots: readonly IndexedGroup[]): Promise<ListedClinic | undefined> {
    for (const oldest of [undefined, NEWS_MILLISECONDS]) {
      const clinic = await directory.find(clinicId, oldest);
      if (clinic && slots.every(({ doctorIds }) => doctorIds.every((id) => clinic.doctors.has(id)))) return clinic;
    }
    return undefined;
  }
}

const hasDoctor = ({ doctors }: ListedClinic, doctorId: string | undefined) =>
  doctorId === undefined || doctors.get(doctorId)?.active === true;

function doctorsAsked({ doctors }: ListedClinic, { doctorId, specialization }: Whose): Set<string> {
  const folded = specialization === undefined ? undefined : fold(specialization);
  const asked = [...doctors].filter(
    ([id, doctor]) =>
      doctor.active &&
      (doctorId === undefined || id === doctorId) &&
      (folded === undefined || doctor.specialization === folded),
  );
  return new Set(asked.map(([id]) => id));
}

const utc = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
