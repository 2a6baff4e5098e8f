import type { Appointment, NewAppointment } from '@medbook/contract/appointment';
import type { PagePosition } from '@medbook/contract/page';
import type { CalendarFacts } from '../calendar/calendar-file.ts';
import type { ChangedSlots } from '../outbox/update-free-slot-index.ts';
import type { Actor } from '../shared/actor.ts';
import type { CommandOutcome } from '../shared/command-outcome.ts';
import { type Db, singleRow } from '../shared/sql.ts';

/** What every command sends besides its request: the caller, and what identifies a retry. */
export interface Command extends Actor {
  readonly idempotencyKey: string | undefined;
  readonly requestHash: string;
  /** How often the caller may try to book in a minute; undefined: no limit. */
  readonly bookingsPerMinute?: number | undefined;
}

/** The result of a command. A retry (`replayed`) gets the stored result of the first request, and its id. */
export interface CommandResult {
  /** `skippedDoctors`: of a booking with any doctor, how many doctors were skipped because other transactions had their slots. */
  readonly result: CommandOutcome<{ appointment: Appointment; skippedDoctors?: number }>;
  readonly replayed: boolean;
  readonly requestId: string;
  /** The new states of the changed slots, for the index. */
  readonly changedSlots: readonly ChangedSlots[];
}

/** See book_appointment() in the migrations. */
export async function executeBookAppointment(
  db: Db,
  command: Command,
  appointmentId: string,
  request: NewAppointment,
): Promise<CommandResult> {
  const result = await db.query<CommandResult>(
    `select result, replayed, request_id as "requestId", coalesce(changed, '[]') as "changedSlots"
     from book_appointment($1::uuid, $2::text, $3::text[], $4::jsonb, $5::text, $6::text, $7::text, $8::int)`,
    [
      appointmentId,
      command.sub,
      command.groups,
      request,
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
      command.bookingsPerMinute,
    ],
  );
  return singleRow(result);
}

/** The commands on an existing appointment, as `appointment_transitions()` in the migrations names them. */
export type ChangeName = 'confirm' | 'renew' | 'cancel' | 'reschedule' | 'complete' | 'no_show';

/** A command on an existing appointment. */
export interface AppointmentChange {
  readonly name: ChangeName;
  readonly appointmentId: string;
  /** The version that the caller has seen; undefined: any. */
  readonly version: number | undefined;
  readonly request: object;
}

/** See change_appointment() in the migrations. */
export async function executeChangeAppointment(
  db: Db,
  command: Command,
  change: AppointmentChange,
): Promise<CommandResult> {
  const result = await db.query<CommandResult>(
    `select result, replayed, request_id as "requestId", coalesce(changed, '[]') as "changedSlots"
     from change_appointment(
       $1::text, $2::uuid, $3::text, $4::text[], $5::jsonb, $6::int, $7::text, $8::text, $9::text, $10::int)`,
    [
      change.name,
      change.appointmentId,
      command.sub,
      command.groups,
      change.request,
      change.version,
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
      command.bookingsPerMinute,
    ],
  );
  return singleRow(result);
}

interface AppointmentQuery extends Actor {
  readonly appointmentId?: string;
  readonly statuses?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly after?: PagePosition | undefined;
  readonly limit: number;
}

/** See read_appointments() in the migrations. */
export async function readAppointments(db: Db, query: AppointmentQuery): Promise<Appointment[]> {
  const { rows } = await db.query<{ appointment: Appointment }>(
    `select appointment
     from read_appointments($1::text, $2::text[], $3::uuid, $4::text[], $5::timestamptz, $6::timestamptz, $7::timestamptz, $8::uuid, $9::int, $10::text)`,
    [
      query.sub,
      query.groups,
      query.appointmentId,
      query.statuses,
      query.from,
      query.to,
      query.after?.key,
      query.after?.id,
      query.limit,
      query.requestId,
    ],
  );
  return rows.map((row) => row.appointment);
}

/** See read_calendar() in the migrations. */
export async function findCalendarFacts(
  db: Db,
  { sub, groups, requestId, appointmentId }: Pick<AppointmentQuery, 'sub' | 'groups' | 'requestId' | 'appointmentId'>,
): Promise<CalendarFacts | null> {
  const { rows } = await db.query<{ facts: CalendarFacts }>(
    'select read_calendar($1::text, $2::text[], $3::uuid, $4::text) as facts',
    [sub, groups, appointmentId, requestId],
  );
  return rows[0]?.facts ?? null;
}

/** See expire_holds() in the migrations. Returns how many holds were expired. */
export async function expireHoldBatch(db: Db, limit: number, runId: string): Promise<number> {
  const result = await db.query<{ expired: number }>('select expire_holds($1::int, $2::text) as expired', [
    limit,
    runId,
  ]);
  return singleRow(result).expired;
}
