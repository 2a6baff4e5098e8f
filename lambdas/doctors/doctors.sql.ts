import type { ChangedDoctor, PublicDoctor } from '@medbook/contract/doctor';
import type { NewDoctor } from '@medbook/contract/new-doctor';
import type { PagePosition } from '@medbook/contract/page';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

const SELECT_PUBLIC_DOCTOR = `
  select doctors.id, doctors.clinic_id as "clinicId", doctors.name, doctors.specialization, doctors.bio,
    json_build_object('amount', doctors.fee_amount, 'currency', clinics.currency) as fee,
    doctors.experience_years as "experienceYears"
  from doctors
  join clinics on clinics.id = doctors.clinic_id`;

interface DoctorFilter {
  readonly clinicId: string | undefined;
  readonly specialization: string | undefined;
}

/** Returns active doctors by name, of one clinic or of all. The filter ignores the case of a specialization. */
export async function listDoctors(
  db: Db,
  filter: DoctorFilter,
  after: PagePosition | undefined,
  limit: number,
): Promise<PublicDoctor[]> {
  const { rows } = await db.query<PublicDoctor>(
    `${SELECT_PUBLIC_DOCTOR}
     where doctors.active
       and ($1::uuid is null or doctors.clinic_id = $1::uuid)
       and ($2::text is null or lower(doctors.specialization) = lower($2::text))
       and ($3::text is null or (doctors.name, doctors.id) > ($3::text, $4::uuid))
     order by doctors.name, doctors.id
     limit $5::int`,
    [filter.clinicId, filter.specialization, after?.key, after?.id, limit],
  );
  return rows;
}

/** Returns an active doctor; undefined if there is none with this id. */
export async function findDoctor(db: Db, doctorId: string): Promise<PublicDoctor | undefined> {
  const { rows } = await db.query<PublicDoctor>(
    `${SELECT_PUBLIC_DOCTOR} where doctors.id = $1::uuid and doctors.active`,
    [doctorId],
  );
  return rows[0];
}

/**
 * Returns the specializations of the active doctors, each once, ignoring case. The order ignores case too: a new doctor may change the
 * spelling of a specialization, but not its position.
 */
export async function listSpecializations(db: Db, after: PagePosition | undefined, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ specialization: string }>(
    `select min(specialization) as specialization
     from doctors
     where active
     group by lower(specialization)
     having $1::text is null or lower(specialization) > lower($1::text)
     order by lower(specialization)
     limit $2::int`,
    [after?.key, limit],
  );
  return rows.map((row) => row.specialization);
}

/** See add_doctor() in the migrations. */
export async function insertDoctor(
  db: Db,
  actor: Actor,
  clinicId: string,
  doctor: NewDoctor,
): Promise<CommandOutcome<{ doctorId: string }>> {
  const result = await db.query<{ outcome: CommandOutcome<{ doctorId: string }> }>(
    'select add_doctor($1::text, $2::text[], $3::uuid, $4::jsonb, $5::text) as outcome',
    [actor.sub, actor.groups, clinicId, doctor, actor.requestId],
  );
  return singleRow(result).outcome;
}

/** See link_doctor_login() in the migrations. */
export async function linkDoctorLogin(
  db: Db,
  actor: Actor,
  doctorId: string,
  loginSub: string,
): Promise<CommandOutcome<object>> {
  const result = await db.query<{ outcome: CommandOutcome<object> }>(
    'select link_doctor_login($1::text, $2::text[], $3::uuid, $4::text, $5::text) as outcome',
    [actor.sub, actor.groups, doctorId, loginSub, actor.requestId],
  );
  return singleRow(result).outcome;
}

/** See change_doctor() in the migrations. */
export async function changeDoctor(
  db: Db,
  { sub, groups, requestId }: Actor,
  { doctorId, active }: { doctorId: string; active: boolean },
  isDryRun: boolean,
): Promise<CommandOutcome<ChangedDoctor>> {
  const result = await db.query<{ outcome: CommandOutcome<ChangedDoctor> }>(
    'select change_doctor($1::text, $2::text[], $3::uuid, $4::boolean, $5::boolean, $6::text) as outcome',
    [sub, groups, doctorId, active, isDryRun, requestId],
  );
  return singleRow(result).outcome;
}
