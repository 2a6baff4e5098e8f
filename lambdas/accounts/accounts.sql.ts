import type { Answer } from '../shared/outcome.ts';
import { type Db, oneRow } from '../shared/sql.ts';
import type { Profile, ProfileChanges } from './profile.ts';

interface NewPatient {
  readonly sub: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** See register_patient() in the migrations. */
export async function insertPatient(db: Db, patient: NewPatient): Promise<string | null> {
  const result = await db.query<{ id: string | null }>(
    'select register_patient($1::text, $2::text, $3::text, $4::text) as id',
    [patient.sub, patient.name, patient.email, patient.phone],
  );
  return oneRow(result).id;
}

interface Who {
  readonly sub: string;
  readonly groups: readonly string[];
}

/** See my_profile() in the migrations. */
export async function findProfile(db: Db, { sub, groups }: Who): Promise<Profile | null> {
  const result = await db.query<{ profile: Profile | null }>('select my_profile($1::text, $2::text[]) as profile', [
    sub,
    groups,
  ]);
  return oneRow(result).profile;
}

/** See change_my_profile() in the migrations. */
export async function setProfile(
  db: Db,
  { sub, groups }: Who,
  changes: ProfileChanges,
  requestId: string,
): Promise<Answer<{ profile: Profile }>> {
  const result = await db.query<{ answer: Answer<{ profile: Profile }> }>(
    'select change_my_profile($1::text, $2::text[], $3::jsonb, $4::text) as answer',
    [sub, groups, changes, requestId],
  );
  return oneRow(result).answer;
}

/** See follow_my_email() in the migrations. */
export async function followEmail(db: Db, sub: string, email: string, requestId: string): Promise<boolean> {
  const result = await db.query<{ followed: boolean }>(
    'select follow_my_email($1::text, $2::text, $3::text) as followed',
    [sub, email, requestId],
  );
  return oneRow(result).followed;
}

interface NewAdmin {
  readonly email: string;
  readonly name: string;
  readonly clinicId: string | undefined;
}

/** See add_admin() in the migrations. */
export async function addAdmin(db: Db, admin: NewAdmin): Promise<Answer<{ staffId: string }>> {
  const result = await db.query<{ answer: Answer<{ staffId: string }> }>(
    'select add_admin($1::text, $2::text, $3::uuid) as answer',
    [admin.email, admin.name, admin.clinicId],
  );
  return oneRow(result).answer;
}

/** See link_admin_login() in the migrations. */
export async function linkAdminLogin(db: Db, staffId: string, loginSub: string): Promise<Answer<object>> {
  const result = await db.query<{ answer: Answer<object> }>('select link_admin_login($1::uuid, $2::text) as answer', [
    staffId,
    loginSub,
  ]);
  return oneRow(result).answer;
}
