import { randomUUID } from 'node:crypto';
import type { Appointment, NewAppointment } from '@medbook/contract/appointment';
import { v7 as uuidv7 } from 'uuid';
import {
  type ChangeName,
  type CommandResult,
  executeBookAppointment,
  executeChangeAppointment,
  readAppointments,
} from '../../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';

/** What a caller hears; the index of free slots is told the rest. */
type ActorResult = Omit<CommandResult, 'changedSlots'>;

/** How a command is given: `again` makes it the repeat of a request, with the same new appointment. */
interface CommandOptions {
  readonly version?: number;
  readonly idempotencyKey?: string;
  readonly bookingsPerMinute?: number;
  readonly repeatOf?: { readonly requestId: string; readonly appointmentId?: string };
}

/** What one person can do with appointments, on a connection. A time that is contended is asked for again until it is not. */
export interface TestActor {
  readonly sub: string;
  book(request: Partial<NewAppointment>, options?: CommandOptions): Promise<ActorResult>;
  /** The appointment that a booking made. @throws when it was refused */
  bookOrThrow(request: Partial<NewAppointment>): Promise<Appointment>;
  /** The same, only held. */
  holdOrThrow(request: Partial<NewAppointment>): Promise<Appointment>;
  change(name: ChangeName, appointmentId: string, request?: object, options?: CommandOptions): Promise<ActorResult>;
  list(statuses?: readonly string[]): Promise<Appointment[]>;
  read(appointmentId: string): Promise<Appointment | undefined>;
}

export function createTestActor(db: Db, sub: string, groups: readonly string[] = ['patient']): TestActor {
  const createCommand = (request: object, { idempotencyKey, bookingsPerMinute, repeatOf }: CommandOptions) => ({
    sub,
    groups,
    requestId: repeatOf?.requestId ?? randomUUID(),
    idempotencyKey,
    requestHash: JSON.stringify(request),
    bookingsPerMinute,
  });
  const book: TestActor['book'] = (request, options = {}) => {
    const command = createCommand(request, options);
    const appointmentId = options.repeatOf?.appointmentId ?? uuidv7();
    const newAppointment: NewAppointment = { slots: 1, type: 'in_person', hold: false, ...request };
    return retryContended(() => executeBookAppointment(db, command, appointmentId, newAppointment));
  };
  const readRequest = { sub, groups, requestId: randomUUID() };
  return {
    sub,
    book,
    bookOrThrow: async (request) => unwrapAppointment(await book(request)),
    holdOrThrow: async (request) => unwrapAppointment(await book({ ...request, hold: true })),
    change: (name, appointmentId, request = {}, options = {}) => {
      const command = createCommand(request, options);
      return retryContended(() =>
        executeChangeAppointment(db, command, { name, appointmentId, version: options.version, request }),
      );
    },
    list: (statuses) => readAppointments(db, { ...readRequest, statuses, limit: 100 }),
    read: async (appointmentId) => (await readAppointments(db, { ...readRequest, appointmentId, limit: 1 }))[0],
  };
}

/** The appointment in an answer. @throws when it is a refusal */
export function unwrapAppointment({ result }: ActorResult): Appointment {
  if (result.outcome !== 'done') throw new Error(`Refused: ${JSON.stringify(result)}`);
  return result.appointment;
}

async function retryContended(execute: () => Promise<CommandResult>): Promise<ActorResult> {
  for (;;) {
    const { changedSlots: _, ...actorResult } = await execute();
    if (actorResult.result.outcome !== 'slot_contended') return actorResult;
  }
}
