import type { CalendarFacts } from '../notifications/messages/calendar-file.ts';
import type { ChangedSlots } from '../outbox/tell-index.ts';
import type { After } from '../shared/http/page.ts';
import type { Answer } from '../shared/outcome.ts';
import { type Db, oneRow } from '../shared/sql.ts';
import type { Appointment, NewAppointment } from './appointment.ts';

/** Who asks, with which request, and whether it may be a repeat. */
export interface Command {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  readonly requestHash: string;
  /** How often the caller may try to book in a minute; undefined: as often as they like. */
  readonly bookingsPerMinute?: number | undefined;
}

/** A command's answer. A repeat gets the first one's, which names the request that did it. */
export interface CommandAnswer {
  /** `passedOver`: of a booking, the doctors whom rivals had locked or taken before one was found. */
  readonly answer: Answer<{ appointment: Appointment; passedOver?: number }>;
  readonly replayed: boolean;
  readonly requestId: string;
  /** What the index of free slots is to be told. */
  readonly changed: readonly ChangedSlots[];
}

/** See book_appointment() in the migrations. */
export async function callBookAppointment(
  db: Db,
  command: Command,
  appointmentId: string,
  wish: NewAppointment,
): Promise<CommandAnswer> {
  const result = await db.query<CommandAnswer>(
    `select answer, replayed, request_id as "requestId", coalesce(changed, '[]') as changed
     from book_appointment(
       $1::uuid, $2::text, $3::text[], $4::uuid, $5::uuid, $6::uuid, $7::text, $8::timestamptz, $9::uuid, $10::int, $11::text, $12::text,
       $13::boolean, $14::text, $15::text, $16::text, $17::int)`,
    [
      appointmentId,
      command.sub,
      command.groups,
      wish.patientId,
      wish.clinicId,
      wish.doctorId,
      wish.specialization,
      wish.startTime,
      wish.slotId,
      wish.slots,
      wish.type,
      wish.reason,
      wish.hold,
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
      command.bookingsPerMinute,
    ],
  );
  return oneRow(result);
}

/** The commands on an appointment that exists, as lifecycle() in the migrations names them. */
export type ChangeName = 'confirm' | 'renew' | 'cancel' | 'reschedule' | 'complete' | 'no_show';

export interface Change {
  readonly name: ChangeName;
  readonly appointmentId: string;
  /** Only if this is its version still. */
  readonly version: number | undefined;
  readonly wish: object;
}

/** See change_appointment() in the migrations. */
export async function callChangeAppointment(db: Db, command: Command, change: Change): Promise<CommandAnswer> {
  const result = await db.query<CommandAnswer>(
    `select answer, replayed, request_id as "requestId", coalesce(changed, '[]') as changed
     from change_appointment(
       $1::text, $2::uuid, $3::text, $4::text[], $5::jsonb, $6::int, $7::text, $8::text, $9::text, $10::int)`,
    [
      change.name,
      change.appointmentId,
      command.sub,
      command.groups,
      change.wish,
      change.version,
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
      command.bookingsPerMinute,
    ],
  );
  return oneRow(result);
}

interface Reading {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly requestId: string;
  readonly appointmentId?: string;
  readonly statuses?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly after?: After | undefined;
  readonly limit: number;
}

/** See read_appointments() in the migrations. */
export async function readAppointments(db: Db, reading: Reading): Promise<Appointment[]> {
  const { rows } = await db.query<{ appointment: Appointment }>(
    `select appointment
     from read_appointments($1::text, $2::text[], $3::uuid, $4::text[], $5::timestamptz, $6::timestamptz, $7::timestamptz, $8::uuid, $9::int, $10::text)`,
    [
      reading.sub,
      reading.groups,
      reading.appointmentId,
      reading.statuses,
      reading.from,
      reading.to,
      reading.after?.key,
      reading.after?.id,
      reading.limit,
      reading.requestId,
    ],
  );
  return rows.map((row) => row.appointment);
}

/** See read_calendar() in the migrations. */
export async function readCalendar(
  db: Db,
  { sub, groups, requestId, appointmentId }: Pick<Reading, 'sub' | 'groups' | 'requestId' | 'appointmentId'>,
): Promise<CalendarFacts | null> {
  const { rows } = await db.query<{ facts: CalendarFacts }>(
    'select read_calendar($1::text, $2::text[], $3::uuid, $4::text) as facts',
    [sub, groups, appointmentId, requestId],
  );
  return rows[0]?.facts ?? null;
}

/** See expire_holds() in the migrations. Answers how many were settled. */
export async function settleExpiredHolds(db: Db, limit: number, runId: string): Promise<number> {
  const result = await db.query<{ settled: number }>('select expire_holds($1::int, $2::text) as settled', [
    limit,
    runId,
  ]);
  return oneRow(result).settled;
}
