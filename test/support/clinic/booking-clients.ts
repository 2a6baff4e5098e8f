import { randomUUID } from 'node:crypto';
import type { NewAppointment } from '@medbook/contract/appointment';
import {
  type ChangeName,
  type Command,
  type CommandResult,
  executeChangeAppointment,
} from '../../../lambdas/appointments/appointments.sql.ts';
import { bookAppointment } from '../../../lambdas/appointments/book-appointment.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import type { TestDatabase } from '../database/test-database.ts';

/** Opens `count` connections before a race begins: one for each function instance, as in production. */
export async function openClients(database: TestDatabase, count: number): Promise<Db[]> {
  const clients = Array.from({ length: count }, () => database.connectAs('patient_api'));
  await Promise.all(clients.map((client) => client.query('select 1')));
  return clients;
}

/** Books an appointment for a patient, as the route does. */
export function bookForPatient(
  db: Db,
  sub: string,
  request: Partial<NewAppointment>,
  options: { idempotencyKey?: string; groups?: readonly string[] } = {},
): Promise<CommandResult> {
  const { idempotencyKey, groups = ['patient'] } = options;
  const command = { sub, groups, requestId: randomUUID(), idempotencyKey, requestHash: JSON.stringify(request) };
  return bookAppointment(db, command, { slots: 1, type: 'in_person', hold: false, ...request });
}

/** Creates a patient's command with a new request id. */
export const createCommand = (sub: string): Command => ({
  sub,
  groups: ['patient'],
  requestId: randomUUID(),
  idempotencyKey: undefined,
  requestHash: '',
});

/** Executes a command on an appointment, as its route does. */
export const changeAppointment = (
  db: Db,
  command: Command,
  name: ChangeName,
  appointmentId: string,
  request: object = {},
) => executeChangeAppointment(db, command, { name, appointmentId, version: undefined, request });

/** Counts the results by outcome. */
export function countOutcomes(results: readonly Pick<CommandResult, 'result'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of results) counts[result.outcome] = (counts[result.outcome] ?? 0) + 1;
  return counts;
}
