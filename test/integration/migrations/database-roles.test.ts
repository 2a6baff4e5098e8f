import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseRole } from '../../../lib/constructs/data/database.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

// All rights of each role are listed here. Everything else in the catalog must be refused. A new table, column or function fails these
// tests until its rights are listed.
const CLINIC = [
  'id',
  'name',
  'address',
  'phone',
  'currency',
  'time_zone',
  'slot_minutes',
  'notice_minutes',
  'horizon_days',
  'cancellation_cutoff_minutes',
  'hold_seconds',
  'holds_per_patient',
  'appointments_per_patient',
  'no_shows_per_patient',
  'language',
  'quiet_from',
  'quiet_to',
  'reminder_minutes',
  'created_at',
];
const PUBLIC_DOCTOR = ['id', 'clinic_id', 'name', 'specialization', 'bio', 'fee_amount', 'experience_years', 'active'];
const SLOT = [
  'id',
  'clinic_id',
  'doctor_id',
  'start_time',
  'end_time',
  'seat',
  'status',
  'status_when_released',
  'held_until',
];

const READABLE_COLUMNS: Readonly<Record<DatabaseRole, Readonly<Record<string, readonly string[]>>>> = {
  availability_api: { clinics: CLINIC, doctors: PUBLIC_DOCTOR, availability_slots: SLOT },
  patient_api: {},
  staff_api: { clinics: CLINIC, doctors: PUBLIC_DOCTOR },
  post_confirmation: {},
  create_admin: {},
  generate_slots: { doctors: ['id', 'clinic_id', 'active'] },
  expire_holds: {},
  housekeeping: {},
  outbox_relay: {},
  resync_index: {},
  notifier: {},
  reminders: {},
  email_events: {},
};

const CALLABLE_FUNCTIONS: Readonly<Record<DatabaseRole, readonly string[]>> = {
  availability_api: ['clock', 'is_free'],
  patient_api: [
    'book_appointment',
    'change_appointment',
    'change_profile',
    'changed_slots',
    'is_email_sync_due',
    'plan_requested_doctor',
    'read_appointments',
    'read_calendar',
    'read_profile',
    'read_unsubscribe_language',
    'register_patient',
    'sync_verified_email',
    'unsubscribe',
  ],
  staff_api: [
    'add_doctor',
    'add_schedule_exception',
    'change_doctor',
    'changed_slots',
    'create_clinic',
    'link_doctor_login',
    'list_schedule_exceptions',
    'read_conflicts',
    'read_schedule',
    'read_working_hours',
    'remove_schedule_exception',
    'set_slot_status',
    'set_working_hours',
  ],
  post_confirmation: ['register_patient'],
  create_admin: ['add_admin', 'link_admin_login'],
  generate_slots: ['changed_slots', 'plan_doctor', 'slots_ahead', 'time_zone_offsets'],
  expire_holds: ['changed_slots', 'expire_holds', 'plan_requested_doctor', 'urgent_conflicts'],
  housekeeping: ['purge'],
  outbox_relay: [
    'due_notifications',
    'mark_enqueued',
    'mark_indexed',
    'notification_delays',
    'plan_notifications',
    'unindexed_age_seconds',
    'unindexed_changes',
  ],
  notifier: [
    'begin_delivery',
    'begin_sending',
    'block_address',
    'notifications_of_request',
    'plan_notifications',
    'record_failed',
    'record_postponed',
    'record_sent',
    'record_unknown',
  ],
  reminders: ['clinics_with_reminders', 'plan_reminders'],
  email_events: ['block_address', 'record_email_event'],
  resync_index: ['days_to_index', 'is_index_current', 'slots_of_day'],
};

const ROLES = Object.keys(CALLABLE_FUNCTIONS) as DatabaseRole[];

const INSUFFICIENT_PRIVILEGE = '42501';

// The functions of the extension btree_gist are excluded.
const OUR_FUNCTIONS = `
  pg_proc as fn
  where fn.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend where objid = fn.oid and classid = 'pg_proc'::regclass and deptype = 'e')`;

let database: TestDatabase;
let owner: pg.Client;
let clients: ReadonlyMap<DatabaseRole, pg.Client>;

async function connectAs(role: DatabaseRole): Promise<pg.Client> {
  const client = await database.connect(role);
  // Every session can disable the read-only default of its role, so the tests must not depend on that default.
  await client.query('set session characteristics as transaction read write');
  return client;
}

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  clients = new Map(await Promise.all(ROLES.map(async (role) => [role, await connectAs(role)] as const)));
});

afterAll(async () => {
  await Promise.all([owner, ...clients.values()].map((client) => client.end()));
  await database.drop();
});

function findClient(role: DatabaseRole): pg.Client {
  const client = clients.get(role);
  if (!client) throw new Error(`There is no connection as ${role}.`);
  return client;
}

/** Returns the SQLSTATE with which a statement is refused, or `done` if it succeeds. */
async function tryStatement(client: pg.Client, statement: string): Promise<string> {
  return client.query(statement).then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof pg.DatabaseError && error.code) return error.code;
      throw error;
    },
  );
}

/** Lists the statements with another outcome than the expected one, each with its outcome. */
async function listUnexpected(client: pg.Client, statements: readonly string[], expected: string): Promise<string[]> {
  const found: string[] = [];
  for (const statement of statements) {
    const outcome = await tryStatement(client, statement);
    if (outcome !== expected) found.push(`${outcome}: ${statement}`);
  }
  return found;
}

async function listTables(): Promise<{ name: string; columns: string[] }[]> {
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `select relname as name, array_agg(attname::text order by attnum) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
     group by relname order by relname`,
  );
  return rows;
}

interface Routine {
  readonly name: string;
  /** A call with null for every argument. The nulls are columns, because the planner evaluates constants without checking the right. */
  readonly call: string;
}

async function listRoutines(): Promise<Routine[]> {
  const { rows } = await owner.query<{ name: string; types: string[] }>(
    `select proname as name, array(select format_type(type, null) from unnest(proargtypes) with ordinality as arg (type, place) order by place) as types
     from ${OUR_FUNCTIONS} and prorettype <> 'trigger'::regtype
     order by 1`,
  );
  return rows.map(({ name, types }) => {
    const columns = types.map((type, index) => `null::${type} as a${index}`).join(', ');
    const args = types.map((_, index) => `a${index}`).join(', ');
    return { name, call: `select ${name}(${args}) from (select ${columns} offset 0) args` };
  });
}

describe.each(ROLES)('%s', (role) => {
  let client: pg.Client;
  beforeAll(() => {
    client = findClient(role);
  });

  it('can read only the listed columns', async () => {
    const readable: string[] = [];
    const refused: string[] = [];
    for (const { name, columns } of await listTables()) {
      for (const column of columns) {
        const isReadable = READABLE_COLUMNS[role][name]?.includes(column);
        (isReadable ? readable : refused).push(`select ${column} from ${name}`);
      }
    }
    expect(readable).toHaveLength(Object.values(READABLE_COLUMNS[role]).flat().length);
    expect(await listUnexpected(client, readable, 'done')).toEqual([]);
    expect(await listUnexpected(client, refused, INSUFFICIENT_PRIVILEGE)).toEqual([]);
  });

  it('cannot write to any table', async () => {
    const statements = (await listTables()).flatMap(({ name, columns }) => [
      `insert into ${name} default values`,
      ...columns.map((column) => `update ${name} set ${column} = default`),
      `delete from ${name}`,
      `truncate ${name}`,
    ]);
    expect(await listUnexpected(client, statements, INSUFFICIENT_PRIVILEGE)).toEqual([]);
  });

  it('can call only the listed functions', async () => {
    const all = await listRoutines();
    const callable = all.filter(({ name }) => CALLABLE_FUNCTIONS[role].includes(name));
    const others = all.filter(({ name }) => !CALLABLE_FUNCTIONS[role].includes(name));
    expect(callable.map(({ name }) => name)).toEqual(CALLABLE_FUNCTIONS[role]);
    expect(
      await listUnexpected(
        client,
        others.map(({ call }) => call),
        INSUFFICIENT_PRIVILEGE,
      ),
    ).toEqual([]);
    for (const { call } of callable) expect(await tryStatement(client, call), call).not.toBe(INSUFFICIENT_PRIVILEGE);
  });

  it('cannot create, change or assume anything', async () => {
    const statements = [
      'create table mine (id int)',
      'create schema mine',
      `create function mine() returns int language sql as 'select 1'`,
      `create or replace function clock() returns timestamptz language sql stable as $$ select 'epoch'::timestamptz $$`,
      'create or replace function public.actor_manages_clinic(p_sub text, p_groups text[], p_clinic_id uuid) returns boolean language sql as $$ select true $$',
      'alter table audit_log disable trigger audit_log_append_only',
      'alter table clinics add column mine int',
      'drop table clinics',
      'drop function clock()',
      `grant select on patients to ${role}`,
      'set role postgres',
      'set session authorization postgres',
      'set session_replication_role = replica',
      'create role mine',
      `alter role ${role} superuser`,
      `copy (select 1) to program 'true'`,
      `select pg_read_file('PG_VERSION')`,
      ...ROLES.filter((other) => other !== role).map((other) => `set role ${other}`),
    ];
    // "must be owner of" an object and "permission denied" for a schema have the same SQLSTATE, 42501.
    expect(await listUnexpected(client, statements, INSUFFICIENT_PRIVILEGE)).toEqual([]);
  });
});

it('every role can log in with IAM, and has no other attribute or membership', async () => {
  const { rows } = await owner.query(
    `select rolname::text as name, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as powerful,
       (select coalesce(array_agg(groups.rolname::text), '{}') from pg_auth_members
        join pg_roles groups on groups.oid = roleid where member = pg_roles.oid) as member_of
     from pg_roles where rolname = any ($1) order by array_position($1, rolname::text)`,
    [ROLES],
  );
  expect(rows).toEqual(ROLES.map((name) => ({ name, rolcanlogin: true, powerful: false, member_of: ['rds_iam'] })));
});

it('only the listed roles and the owner have rights', async () => {
  const { rows } = await owner.query<{ grantee: string }>(
    `select distinct grantee::regrole::text as grantee
     from (
       select relacl as acl from pg_class where relnamespace = 'public'::regnamespace
       union all select attacl from pg_attribute where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
       union all select fn.proacl from ${OUR_FUNCTIONS}
     ) acls, aclexplode(acl)
     order by 1`,
  );
  expect(rows.map(({ grantee }) => grantee)).toEqual([...ROLES, 'postgres'].toSorted());
});

it('no function is executable by PUBLIC, and security definer functions have a fixed search path', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select fn.proname as name
     from ${OUR_FUNCTIONS}
       and (has_function_privilege('public', fn.oid, 'execute')
         or fn.prosecdef and not coalesce('search_path=public, pg_temp' = any (fn.proconfig), false))`,
  );
  expect(rows).toEqual([]);
});

it('every function has a comment', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select fn.proname as name from ${OUR_FUNCTIONS} and obj_description(fn.oid, 'pg_proc') is null`,
  );
  expect(rows).toEqual([]);
});

it('every constraint and index has an explicit name', async () => {
  // Names that PostgreSQL generates have these suffixes, or `_pkey`, which explicit names have too.
  const { rows } = await owner.query<{ name: string }>(
    `select name from (
       select conname::text as name, connamespace as namespace, conrelid as of from pg_constraint where contype <> 't'
       union
       select relname::text, relnamespace, indrelid from pg_class join pg_index on indexrelid = pg_class.oid
     ) named
     where namespace = 'public'::regnamespace and of <> coalesce(to_regclass('flyway_schema_history'), 0)
       and (name ~ '_(key|fkey|check|excl|idx|not_null)[0-9]*$' or not starts_with(name, of::regclass::text))`,
  );
  expect(rows).toEqual([]);
});

it.each(['update audit_log set request_id = request_id', 'delete from audit_log', 'truncate audit_log'])(
  'audit_log refuses changes even from its owner: %s',
  async (statement) => {
    await owner.query(
      `insert into audit_log (actor_sub, actor_role, action, entity, entity_id, request_id)
       values ('somebody', 'patient', 'read', 'patient', gen_random_uuid(), 'request')`,
    );
    expect(await tryStatement(owner, statement)).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await tryStatement(owner, `${statement.replace('audit_log', 'only audit_log')}`)).toBe(
      INSUFFICIENT_PRIVILEGE,
    );
  },
);

it('availability_api is read-only by default', async () => {
  const client = await database.connect('availability_api');
  const { rows } = await client.query('show default_transaction_read_only');
  await client.end();
  expect(rows).toEqual([{ default_transaction_read_only: 'on' }]);
});
