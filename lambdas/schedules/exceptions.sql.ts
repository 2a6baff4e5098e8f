import type { PagePosition } from '@medbook/contract/page';
import type {
  NewScheduleException,
  ScheduleConflict,
  ScheduleException,
  ScheduleExceptionChange,
  SlotStatusChange,
} from '@medbook/contract/schedule-exception';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

/** Whose schedule: that of a doctor, or of all doctors of a clinic. */
export type ScheduleOwner = { readonly doctorId: string } | { readonly clinicId: string };

const toIds = (owner: ScheduleOwner) => ({ clinicId: undefined, doctorId: undefined, ...owner });

/** See add_schedule_exception() in the migrations. */
export async function addScheduleException(
  db: Db,
  { sub, groups, requestId }: Actor,
  owner: ScheduleOwner,
  exception: NewScheduleException & { readonly id: string },
  isDryRun: boolean,
): Promise<CommandOutcome<ScheduleExceptionChange>> {
  const { clinicId, doctorId } = toIds(owner);
  const { id, ...fields } = exception;
  const result = await db.query<{ outcome: CommandOutcome<ScheduleExceptionChange> }>(
    `select add_schedule_exception(
       $1::text, $2::text[], $3::uuid, $4::uuid, $5::uuid, $6::jsonb, $7::boolean, $8::text) as outcome`,
    [sub, groups, id, clinicId, doctorId, JSON.stringify(fields), isDryRun, requestId],
  );
  return singleRow(result).outcome;
}

/** See remove_schedule_exception() in the migrations. */
export async function removeScheduleException(
  db: Db,
  { sub, groups, requestId }: Actor,
  owner: ScheduleOwner,
  exceptionId: string,
  isDryRun: boolean,
): Promise<CommandOutcome<ScheduleExceptionChange>> {
  const { clinicId, doctorId } = toIds(owner);
  const result = await db.query<{ outcome: CommandOutcome<ScheduleExceptionChange> }>(
    `select remove_schedule_exception(
       $1::text, $2::text[], $3::uuid, $4::uuid, $5::uuid, $6::boolean, $7::text) as outcome`,
    [sub, groups, clinicId, doctorId, exceptionId, isDryRun, requestId],
  );
  return singleRow(result).outcome;
}

interface Page {
  readonly after: PagePosition | undefined;
  readonly limit: number;
}

/** See list_schedule_exceptions() in the migrations. Returns null if the actor does not manage such a schedule. */
export async function listScheduleExceptions(
  db: Db,
  { sub, groups }: Actor,
  owner: ScheduleOwner,
  { from, to, after, limit }: Page & { readonly from: Date; readonly to: Date },
): Promise<{ startTime: string; exception: ScheduleException }[] | null> {
  const { clinicId, doctorId } = toIds(owner);
  const result = await db.query<{ rows: { startTime: string; exception: ScheduleException }[] | null }>(
    `select list_schedule_exceptions(
       $1::text, $2::text[], $3::uuid, $4::uuid, $5::timestamptz, $6::timestamptz, $7::timestamptz, $8::uuid, $9::int) as rows`,
    [sub, groups, clinicId, doctorId, from, to, after?.key, after?.id, limit],
  );
  return singleRow(result).rows;
}

/** See set_slot_status() in the migrations. `exceptionId` is the id of the exception that a block adds. */
export async function setSlotStatus(
  db: Db,
  { sub, groups, requestId }: Actor,
  { slotId, status, exceptionId }: { slotId: string; status: string; exceptionId: string },
  isDryRun: boolean,
): Promise<CommandOutcome<SlotStatusChange>> {
  const result = await db.query<{ outcome: CommandOutcome<SlotStatusChange> }>(
    `select set_slot_status($1::text, $2::text[], $3::uuid, $4::text, $5::uuid, $6::boolean, $7::text) as outcome`,
    [sub, groups, slotId, status, exceptionId, isDryRun, requestId],
  );
  return singleRow(result).outcome;
}

/** See read_conflicts() in the migrations. Returns null if the actor does not manage such a schedule. */
export async function readConflicts(
  db: Db,
  { sub, groups, requestId }: Actor,
  owner: ScheduleOwner,
  { after, limit }: Page,
): Promise<ScheduleConflict[] | null> {
  const { clinicId, doctorId } = toIds(owner);
  const result = await db.query<{ conflicts: ScheduleConflict[] | null }>(
    `select read_conflicts(
       $1::text, $2::text[], $3::uuid, $4::uuid, $5::timestamptz, $6::uuid, $7::int, $8::text) as conflicts`,
    [sub, groups, clinicId, doctorId, after?.key, after?.id, limit, requestId],
  );
  return singleRow(result).conflicts;
}
