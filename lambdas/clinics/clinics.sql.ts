import type { Clinic } from '@medbook/contract/clinic';
import type { PagePosition } from '@medbook/contract/page';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

const CLINIC_COLUMNS = `
  id, name, address, phone, currency, time_zone as "timeZone", slot_minutes as "slotMinutes", notice_minutes as "noticeMinutes",
  horizon_days as "horizonDays", cancellation_cutoff_minutes as "cancellationCutoffMinutes", hold_seconds as "holdSeconds",
  holds_per_patient as "holdsPerPatient", appointments_per_patient as "appointmentsPerPatient", no_shows_per_patient as "noShowsPerPatient",
  language, to_char(quiet_from, 'HH24:MI') as "quietFrom", to_char(quiet_to, 'HH24:MI') as "quietTo", reminder_minutes as "reminderMinutes"`;

/** Returns clinics by name, from the one after `after` on. */
export async function listClinics(db: Db, after: PagePosition | undefined, limit: number): Promise<Clinic[]> {
  const { rows } = await db.query<Clinic>(
    `select ${CLINIC_COLUMNS}
     from clinics
     where $1::text is null or (name, id) > ($1::text, $2::uuid)
     order by name, id
     limit $3::int`,
    [after?.key, after?.id, limit],
  );
  return rows;
}

/** Returns a clinic; undefined if it does not exist. */
export async function findClinic(db: Db, clinicId: string): Promise<Clinic | undefined> {
  const { rows } = await db.query<Clinic>(`select ${CLINIC_COLUMNS} from clinics where id = $1::uuid`, [clinicId]);
  return rows[0];
}

interface CreateClinicCommand extends Actor {
  readonly clinicId: string;
  readonly clinic: object;
}

/** See create_clinic() in the migrations. */
export async function createClinic(db: Db, command: CreateClinicCommand): Promise<CommandOutcome<object>> {
  const result = await db.query<{ outcome: CommandOutcome<object> }>(
    'select create_clinic($1::text, $2::text[], $3::uuid, $4::jsonb, $5::text) as outcome',
    [command.sub, command.groups, command.clinicId, command.clinic, command.requestId],
  );
  return singleRow(result).outcome;
}
