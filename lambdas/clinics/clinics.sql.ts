import type { After } from '../shared/http/page.ts';
import type { Answer } from '../shared/outcome.ts';
import { type Db, oneRow } from '../shared/sql.ts';
import type { Clinic } from './clinic.ts';

const COLUMNS = `
  id, name, address, phone, currency, time_zone as "timeZone", slot_minutes as "slotMinutes", notice_minutes as "noticeMinutes",
  horizon_days as "horizonDays", cancellation_cutoff_minutes as "cancellationCutoffMinutes", hold_seconds as "holdSeconds",
  holds_per_patient as "holdsPerPatient", appointments_per_patient as "appointmentsPerPatient", no_shows_per_patient as "noShowsPerPatient",
  language, to_char(quiet_from, 'HH24:MI') as "quietFrom", to_char(quiet_to, 'HH24:MI') as "quietTo", reminder_minutes as "reminderMinutes"`;

/** Clinics by name. */
export async function listClinics(db: Db, after: After | undefined, limit: number): Promise<Clinic[]> {
  const { rows } = await db.query<Clinic>(
    `select ${COLUMNS}
     from clinics
     where $1::text is null or (name, id) > ($1::text, $2::uuid)
     order by name, id
     limit $3::int`,
    [after?.key, after?.id, limit],
  );
  return rows;
}

/** A clinic by its id. */
export async function findClinic(db: Db, clinicId: string): Promise<Clinic | undefined> {
  const { rows } = await db.query<Clinic>(`select ${COLUMNS} from clinics where id = $1::uuid`, [clinicId]);
  return rows[0];
}

interface CreateClinic {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly clinicId: string;
  readonly clinic: object;
  readonly requestId: string;
}

/** See create_clinic() in the migrations. */
export async function createClinic(db: Db, command: CreateClinic): Promise<Answer<object>> {
  const result = await db.query<{ answer: Answer<object> }>(
    'select create_clinic($1::text, $2::text[], $3::uuid, $4::jsonb, $5::text) as answer',
    [command.sub, command.groups, command.clinicId, command.clinic, command.requestId],
  );
  return oneRow(result).answer;
}
