import type { Db } from '../shared/sql.ts';
import { type ClinicRow, findClinicRow } from './clinic-directory.sql.ts';

/** What else decides which free slots of a clinic are offered: its policy and its doctors. */
export interface ListedClinic {
  /** The first and the last instant that can be booked now, in milliseconds since the epoch. */
  window(): { readonly opens: number; readonly closes: number };
  /** Whom the clinic has, also those who are not active. */
  readonly doctors: ReadonlyMap<string, ListedDoctor>;
}

export interface ListedDoctor {
  /** Folded: see `fold`. */
  readonly specialization: string;
  readonly active: boolean;
}

export interface ClinicDirectory {
  /** Undefined: there is no such clinic. What is known of one is at most so old, unless it was asked for just now. */
  find(clinicId: string, oldestMilliseconds?: number): Promise<ListedClinic | undefined>;
}

const OLDEST_MILLISECONDS = 60_000;
const MOST_CLINICS = 1_000;

/** The clinics in memory, each for a minute. `clock` is in milliseconds since the epoch; only how it goes on counts, not what it shows. */
export function clinicDirectory(db: Db, clock: () => number = Date.now): ClinicDirectory {
  const kept = new Map<string, { readonly since: number; readonly clinic: Promise<ListedClinic | undefined> }>();

  return {
    find(clinicId, oldestMilliseconds = OLDEST_MILLISECONDS) {
      const known = kept.get(clinicId);
      if (known && clock() - known.since <= oldestMilliseconds) return known.clinic;
      const since = clock();
      const clinic = load(clinicId);
      const entry = { since, clinic };
      kept.delete(clinicId);
      kept.set(clinicId, entry);
      const forget = () => void (kept.get(clinicId) === entry && kept.delete(clinicId));
      clinic.then((found) => found ?? forget(), forget);
      const [oldest] = kept.keys();
      if (kept.size > MOST_CLINICS && oldest !== undefined) kept.delete(oldest);
      return clinic;
    },
  };

  async function load(clinicId: string): Promise<ListedClinic | undefined> {
    const row = await findClinicRow(db, clinicId);
    return row && listed(row, row.now.getTime() - clock());
  }

  // The database's clock decides what can be booked, so it decides here too.
  function listed({ noticeMinutes, horizonDays, doctors }: ClinicRow, ahead: number): ListedClinic {
    return {
      window: () => {
        const now = clock() + ahead;
        return { opens: now + noticeMinutes * 60_000, closes: now + horizonDays * 86_400_000 };
      },
      doctors: new Map(
        doctors.map(({ id, specialization, active }) => [id, { specialization: fold(specialization), active }]),
      ),
    };
  }
}

/** Without the case of its letters, as PostgreSQL compares: letter by letter, whatever stands beside one. */
export const fold = (words: string): string => [...words].map((letter) => letter.toLowerCase()).join('');
