import type { Profile, ProfileChanges } from '@medbook/contract/profile';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

interface NewPatient {
  readonly sub: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** See register_patient() in the migrations. */
export async function insertPatient(db: Db, patient: NewPatient): Promise<string> {
  const result = await db.query<{ id: string }>(
    'select register_patient($1::text, $2::text, $3::text, $4::text) as id',
    [patient.sub, patient.name, patient.email, patient.phone],
  );
  return singleRow(result).id;
}

interface TokenHolder extends Pick<Actor, 'sub' | 'groups'> {
  readonly tokenIssuedAt: Date | null;
}

/** See read_profile() and is_email_sync_due() in the migrations. */
export async function findProfile(
  db: Db,
  { sub, groups, tokenIssuedAt }: TokenHolder,
): Promise<{ profile: Profile | null; isEmailSyncDue: boolean }> {
  const result = await db.query<{ profile: Profile | null; isEmailSyncDue: boolean }>(
    `select read_profile($1::text, $2::text[]) as profile, is_email_sync_due($1::text, $3::timestamptz) as "isEmailSyncDue"`,
    [sub, groups, tokenIssuedAt],
  );
  return singleRow(result);
}

/** See change_profile() in the migrations. */
export async function updateProfile(
  db: Db,
  { sub, groups }: Pick<Actor, 'sub' | 'groups'>,
  changes: ProfileChanges,
  requestId: string,
): Promise<CommandOutcome<{ profile: Profile }>> {
  const result = await db.query<{ outcome: CommandOutcome<{ profile: Profile }> }>(
    'select change_profile($1::text, $2::text[], $3::jsonb, $4::text) as outcome',
    [sub, groups, changes, requestId],
  );
  return singleRow(result).outcome;
}

/** See sync_verified_email() in the migrations. */
export async function syncVerifiedEmail(
  db: Db,
  { sub, tokenIssuedAt }: Pick<TokenHolder, 'sub' | 'tokenIssuedAt'>,
  email: string | null,
  requestId: string,
): Promise<boolean> {
  const result = await db.query<{ isChanged: boolean }>(
    'select sync_verified_email($1::text, $2::text, $3::timestamptz, $4::text) as "isChanged"',
    [sub, email, tokenIssuedAt, requestId],
  );
  return singleRow(result).isChanged;
}

interface NewAdmin {
  readonly email: string;
  readonly name: string;
  readonly clinicId: string | undefined;
}

/** See add_admin() in the migrations. */
export async function addAdmin(db: Db, admin: NewAdmin): Promise<CommandOutcome<{ staffId: string }>> {
  const result = await db.query<{ outcome: CommandOutcome<{ staffId: string }> }>(
    'select add_admin($1::text, $2::text, $3::uuid) as outcome',
    [admin.email, admin.name, admin.clinicId],
  );
  return singleRow(result).outcome;
}

/** See link_admin_login() in the migrations. */
export async function linkAdminLogin(db: Db, staffId: string, loginSub: string): Promise<CommandOutcome<object>> {
  const result = await db.query<{ outcome: CommandOutcome<object> }>(
    'select link_admin_login($1::uuid, $2::text) as outcome',
    [staffId, loginSub],
  );
  return singleRow(result).outcome;
}
