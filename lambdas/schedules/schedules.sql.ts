import type { After } from '../shared/http/page.ts';
import type { Answer } from '../shared/outcome.ts';
import { type Db, oneRow } from '../shared/sql.ts';
import type { NewWorkingHours, ScheduleEntry, WorkingHoursChange, WorkingHoursList } from './schedule.ts';

interface Actor {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly requestId: string;
}

/** See read_working_hours() in the migrations. */
export async function findWorkingHours(
  db: Db,
  { sub, groups }: Actor,
  doctorId: string,
): Promise<WorkingHoursList['hours'] | null> {
  const result = await db.query<{ hours: WorkingHoursList['hours'] | null }>(
    'select read_working_hours($1::text, $2::text[], $3::uuid) as hours',
    [sub, groups, doctorId],
  );
  return oneRow(result).hours;
}

/** See set_working_hours() in the migrations. */
export async function setWorkingHours(
  db: Db,
  actor: Actor,
  doctorId: string,
  template: NewWorkingHours,
): Promise<Answer<WorkingHoursChange>> {
  const result = await db.query<{ answer: Answer<WorkingHoursChange> }>(
    'select set_working_hours($1::text, $2::text[], $3::uuid, $4::jsonb, $5::date, $6::date, $7::text) as answer',
    [
      actor.sub,
      actor.groups,
      doctorId,
      JSON.stringify(template.hours),
      template.validFrom,
      template.validTo,
      actor.requestId,
    ],
  );
  return oneRow(result).answer;
}

interface ScheduleQuery {
  readonly doctorId: string;
  readonly from: Date;
  readonly to: Date;
  readonly after: After | undefined;
  readonly limit: number;
}

/** See read_schedule() in the migrations. */
export async function readSchedule(db: Db, actor: Actor, query: ScheduleQuery): Promise<ScheduleEntry[] | null> {
  const result = await db.query<{ entries: ScheduleEntry[] | null }>(
    `select read_schedule(
       $1::text, $2::text[], $3::uuid, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7::uuid, $8::int, $9::text) as entries`,
    [
      actor.sub,
      actor.groups,
      query.doctorId,
      query.from,
      query.to,
      query.after?.key,
      query.after?.id,
      query.limit,
      actor.requestId,
    ],
  );
  return oneRow(result).entries;
}

/** The active doctors, whose slots are kept made; in no order, so that a run that is cut off starves nobody for ever. */
export async function listDoctorIds(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from doctors where active order by random()');
  return rows.map((row) => row.id);
}

/** See plan_slots() in the migrations. */
export async function planSlots(
  db: Db,
  doctorId: string,
  runId: string,
): Promise<{ created: number; reopened: number; withdrawn: number }> {
  return oneRow(
    await db.query<{ created: number; reopened: number; withdrawn: number }>(
      'select created, reopened, withdrawn from plan_slots($1::uuid, $2::text)',
      [doctorId, runId],
    ),
  );
}

/** See slots_ahead() in the migrations. */
export async function countSlotsAhead(db: Db, days: number): Promise<{ free: number; taken: number }> {
  return oneRow(
    await db.query<{ free: number; taken: number }>('select free, taken from slots_ahead($1::integer)', [days]),
  );
}
