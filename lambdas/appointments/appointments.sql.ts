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
}

/** A command's answer. A repeat gets the first one's, which names the request that did it. */
export interface CommandAnswer {
  /** `passedOver`: of a booking, the doctors whom rivals had locked or taken before one was found. */
  readonly answer: Answer<{ appointment: Appointment; passedOver?: number }>;
  readonly replayed: boolean;
  readonly requestId: string;
}

/** See book_appointment() in the migrations. */
export async function callBookAppointment(
  db: Db,
  command: Command,
  appointmentId: string,
  wish: NewAppointment,
): Promise<CommandAnswer> {
  const result = await db.query<CommandAnswer>(
    `select answer, replayed, request_id as "requestId"
     from book_appointment(
       $1::uuid, $2::text, $3::text[], $4::uuid, $5::uuid, $6::uuid, $7::text, $8::timestamptz, $9::uuid, $10::int, $11::text, $12::text,
       $13::text, $14::text, $15::text)`,
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
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
    ],
  );
  return oneRow(result);
}

/** See cancel_appointment() in the migrations. */
export async function callCancelAppointment(
  db: Db,
  command: Command,
  appointmentId: string,
  reason: string | undefined,
): Promise<CommandAnswer> {
  const result = await db.query<CommandAnswer>(
    `select answer, replayed, request_id as "requestId"
     from cancel_appointment($1::uuid, $2::text, $3::text[], $4::text, $5::text, $6::text, $7::text)`,
    [
      appointmentId,
      command.sub,
      command.groups,
      reason,
      command.idempotencyKey,
      command.requestHash,
      command.requestId,
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
