import { type Db, singleRow } from '../../shared/sql.ts';
import type { SlotState } from './free-slot-index.ts';

/** A part of the index: a clinic's UTC day. */
export interface ClinicDay {
  readonly clinicId: string;
  readonly day: string;
}

/** See days_to_index() in the migrations. */
export async function listDaysToIndex(db: Db): Promise<ClinicDay[]> {
  const { rows } = await db.query<ClinicDay>('select clinic_id as "clinicId", day from days_to_index()');
  return rows;
}

/** See slots_of_day() in the migrations. */
export async function listSlotsOfDay(db: Db, { clinicId, day }: ClinicDay): Promise<SlotState[]> {
  const result = await db.query<{ slots: SlotState[] }>('select slots_of_day($1::uuid, $2::date) as slots', [
    clinicId,
    day,
  ]);
  return singleRow(result).slots;
}

/** See is_index_current() in the migrations. */
export async function isIndexCurrent(db: Db, { clinicId, day }: ClinicDay): Promise<boolean> {
  const result = await db.query<{ current: boolean }>('select is_index_current($1::uuid, $2::date) as current', [
    clinicId,
    day,
  ]);
  return singleRow(result).current;
}
