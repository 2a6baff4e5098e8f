import type { Db } from '../shared/sql.ts';

/** The booking window and the doctors of a clinic. */
export interface ClinicRow {
  /** The instant of the read, by the database's clock. */
  readonly now: Date;
  readonly noticeMinutes: number;
  readonly horizonDays: number;
  readonly doctors: readonly { readonly id: string; readonly specialization: string; readonly active: boolean }[];
}

/** Returns what decides which free slots of a clinic are offered, or undefined if there is no such clinic. */
export async function findClinicRow(db: Db, clinicId: string): Promise<ClinicRow | undefined> {
  const { rows } = await db.query<ClinicRow>(
    `select clock() as now, notice_minutes as "noticeMinutes", horizon_days as "horizonDays", (
       select coalesce(json_agg(json_build_object('id', id, 'specialization', specialization, 'active', active)), '[]')
       from doctors where clinic_id = clinics.id) as doctors
     from clinics
     where id = $1::uuid`,
    [clinicId],
  );
  return rows[0];
}
