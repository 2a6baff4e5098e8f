import { randomUUID } from 'node:crypto';
import type { NewAppointment } from '../../lambdas/appointments/appointment.ts';
import {
  type ChangeName,
  type Command,
  type CommandAnswer,
  callChangeAppointment,
} from '../../lambdas/appointments/appointments.sql.ts';
import { bookAppointment } from '../../lambdas/appointments/book-appointment.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import type { TestDatabase } from './postgres.ts';

/** A function instance of its own for everybody: one connection each, as in production, opened before the race begins. */
export async function openClients(database: TestDatabase, count: number): Promise<Db[]> {
  const clients = Array.from({ length: count }, () => database.as('patient_api'));
  await Promise.all(clients.map((client) => client.query('select 1')));
  return clients;
}

/** A booking by a patient, as the route makes it. */
export function book(
  db: Db,
  sub: string,
  wish: Partial<NewAppointment>,
  options: { idempotencyKey?: string; groups?: readonly string[] } = {},
): Promise<CommandAnswer> {
  const { idempotencyKey, groups = ['patient'] } = options;
  const command = { sub, groups, requestId: randomUUID(), idempotencyKey, requestHash: JSON.stringify(wish) };
  return bookAppointment(db, command, { slots: 1, type: 'in_person', hold: false, ...wish });
}

/** A patient's command, by a request of its own. */
export const commandOf = (sub: string): Command => ({
  sub,
  groups: ['patient'],
  requestId: randomUUID(),
  idempotencyKey: undefined,
  requestHash: '',
});

/** A command on an appointment, as its route makes it. */
export const change = (db: Db, command: Command, name: ChangeName, appointmentId: string, wish: object = {}) =>
  callChangeAppointment(db, command, { name, appointmentId, version: undefined, wish });

/** How many answers had each outcome. */
export function tally(answers: readonly Pick<CommandAnswer, 'answer'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer } of answers) counts[answer.outcome] = (counts[answer.outcome] ?? 0) + 1;
  return counts;
}
