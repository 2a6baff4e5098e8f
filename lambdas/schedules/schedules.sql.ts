import type { PagePosition } from '@medbook/contract/page';
import type { NewWorkingHours, ScheduleEntry, WorkingHoursChange, WorkingHoursList } from '@medbook/contract/schedule';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

/** See read_working_hours() in the migrations. Returns null if the actor does not manage such a doctor. */
export async function findWorkingHours(
  db: Db,
  { sub, groups }: Actor,
  doctorId: string,
): Promise<WorkingHoursList['hours'] | null> {
  const result = await db.query<{ hours: WorkingHoursList['hours'] | null }>(
    'select read_working_hours($1::text, $2::text[], $3::uuid) as hours',
    [sub, groups, doctorId],
  );
  return singleRow(result).hours;
}

/** See set_working_hours() in the migrations. */
export async function setWorkingHours(
  db: Db,
  actor: Actor,
  doctorId: string,
  newHours: NewWorkingHours,
  isDryRun = false,
): Promise<CommandOutcome<WorkingHoursChange>> {
  const result = await db.query<{ outcome: CommandOutcome<WorkingHoursChange> }>(
    `select set_working_hours(
       $1::text, $2::text[], $3::uuid, $4::jsonb, $5::date, $6::date, $7::integer, $8::boolean, $9::text) as outcome`,
    [
      actor.sub,
      actor.groups,
      doctorId,
      JSON.stringify(newHours.hours),
      newHours.validFrom,
      newHours.validTo,
      newHours.slotMinutes,
      isDryRun,
      actor.requestId,
    ],
  );
  return singleRow(result).outcome;
}

interface ScheduleQuery {
  readonly doctorId: string;
  readonly from: Date;
  readonly to: Date;
  readonly after: PagePosition | undefined;
  readonly limit: number;
}

/** See read_schedule() in the migrations. Returns null if the actor does not manage such a doctor. */
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
  return singleRow(result).entries;
}

/** Returns the ids of the active doctors in random order, so that interrupted runs do not always miss the same ones. */
export async function listActiveDoctorIds(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from doctors where active order by random()');
  return rows.map((row) => row.id);
}

/** See plan_doctor() in the migrations. */
export async function planSlots(
  db: Db,
  doctorId: string,
  runId: string,
): Promise<{ created: number; reopened: number; withdrawn: number }> {
  return singleRow(
    await db.query<{ created: number; reopened: number; withdrawn: number }>(
      'select created, reopened, withdrawn from plan_doctor($1::uuid, $2::text)',
      [doctorId, runId],
    ),
  );
}

/** See plan_requested_doctor() in the migrations. Without `doctorId` it is the oldest request. Returns the doctor's id; null if there is no request. */
export async function planRequestedDoctor(db: Db, runId: string, doctorId?: string): Promise<string | null> {
  const result = await db.query<{ id: string | null }>('select plan_requested_doctor($1::uuid, $2::text) as id', [
    doctorId,
    runId,
  ]);
  return singleRow(result).id;
}

/** See slots_ahead() in the migrations. */
export async function countSlotsAhead(db: Db, days: number): Promise<{ free: number; taken: number }> {
  return singleRow(
    await db.query<{ free: number; taken: number }>('select free, taken from slots_ahead($1::integer)', [days]),
  );
}

/** A period in which a time zone has one offset from UTC in PostgreSQL's data. */
export interface OffsetPeriod {
  readonly timeZone: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly offsetMinutes: number;
}

/** See time_zone_offsets() in the migrations. Ordered by time zone and start. */
export async function readTimeZoneOffsets(db: Db): Promise<OffsetPeriod[]> {
  const { rows } = await db.query<OffsetPeriod>(
    `select time_zone as "timeZone", start_time as "startTime", end_time as "endTime", offset_minutes as "offsetMinutes"
     from time_zone_offsets()
     order by time_zone, start_time`,
  );
  return rows;
}

/** See urgent_conflicts() in the migrations. */
export async function countUrgentConflicts(db: Db): Promise<{ clinicId: string; count: number }[]> {
  const { rows } = await db.query<{ clinicId: string; count: number }>(
    'select clinic_id as "clinicId", conflicts as count from urgent_conflicts()',
  );
  return rows;
}
