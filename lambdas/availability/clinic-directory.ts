import type { Db } from '../shared/sql.ts';
import { type ClinicRow, findClinicRow } from './clinic-directory.sql.ts';

/** The booking window and the doctors of a clinic, which decide which of its free slots are offered. */
export interface CachedClinic {
  /** Returns the first and the last instant that can be booked now, in milliseconds since the epoch. */
  getBookingWindow(): { readonly opens: number; readonly closes: number };
  /** All doctors of the clinic by id, including inactive ones. */
  readonly doctors: ReadonlyMap<string, CachedDoctor>;
}

/** What is cached of a doctor. */
export interface CachedDoctor {
  /** In lower case: see `foldCase`. */
  readonly specialization: string;
  readonly active: boolean;
}

/** A cache of clinics in memory. */
export interface ClinicDirectory {
  /** Returns a clinic that was loaded at most `maxAgeMilliseconds` ago (default: one minute), or undefined if there is no such clinic. */
  find(clinicId: string, maxAgeMilliseconds?: number): Promise<CachedClinic | undefined>;
}

const MAX_AGE_MILLISECONDS = 60_000;
const MAX_CLINICS = 1_000;

/** Creates a directory that loads clinics from `db`. `clock` is in milliseconds since the epoch; it need not be right, only steady. */
export function createClinicDirectory(db: Db, clock: () => number = Date.now): ClinicDirectory {
  const entries = new Map<string, { readonly loadedAt: number; readonly clinic: Promise<CachedClinic | undefined> }>();

  return {
    find(clinicId, maxAgeMilliseconds = MAX_AGE_MILLISECONDS) {
      const cached = entries.get(clinicId);
      if (cached && clock() - cached.loadedAt <= maxAgeMilliseconds) return cached.clinic;
      const loadedAt = clock();
      const clinic = loadClinic(clinicId);
      const entry = { loadedAt, clinic };
      entries.delete(clinicId);
      entries.set(clinicId, entry);
      const evict = () => void (entries.get(clinicId) === entry && entries.delete(clinicId));
      clinic.then((loaded) => loaded ?? evict(), evict);
      const [oldestClinicId] = entries.keys();
      if (entries.size > MAX_CLINICS && oldestClinicId !== undefined) entries.delete(oldestClinicId);
      return clinic;
    },
  };

  async function loadClinic(clinicId: string): Promise<CachedClinic | undefined> {
    const row = await findClinicRow(db, clinicId);
    return row && toCachedClinic(row, row.now.getTime() - clock());
  }

  // The booking window is by the database's clock, which decides what can be booked.
  function toCachedClinic({ noticeMinutes, horizonDays, doctors }: ClinicRow, clockOffset: number): CachedClinic {
    return {
      getBookingWindow: () => {
        const now = clock() + clockOffset;
        return { opens: now + noticeMinutes * 60_000, closes: now + horizonDays * 86_400_000 };
      },
      doctors: new Map(
        doctors.map(({ id, specialization, active }) => [id, { specialization: foldCase(specialization), active }]),
      ),
    };
  }
}

/** Returns text in lower case as PostgreSQL's lower() does: letter by letter. In JavaScript the next letters can change the result. */
export const foldCase = (text: string): string => [...text].map((letter) => letter.toLowerCase()).join('');
