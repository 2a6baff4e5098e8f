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

/** The part of a command's result that the caller receives; `changedSlots` is only for the free-slot index. */
type ActorResult = Omit<CommandResult, 'changedSlots'>;

/** Options of a command. `repeatOf` repeats an earlier request, with the same appointment id. */
interface CommandOptions {
  readonly version?: number;
  readonly idempotencyKey?: string;
  readonly bookingsPerMinute?: number;
  readonly repeatOf?: { readonly requestId: string; readonly appointmentId?: string };
}

/** A user who executes appointment commands on one connection. Commands are retried while their outcome is `slot_contended`. */
export interface TestActor {
  readonly sub: string;
  book(request: Partial<NewAppointment>, options?: CommandOptions): Promise<ActorResult>;
  /** Returns the booked appointment. @throws if the booking is refused */
  bookOrThrow(request: Partial<NewAppointment>): Promise<Appointment>;
  /** Returns the held appointment. @throws if the hold is refused */
  holdOrThrow(request: Partial<NewAppointment>): Promise<Appointment>;
  change(name: ChangeName, appointmentId: string, request?: object, options?: CommandOptions): Promise<ActorResult>;
  list(statuses?: readonly string[]): Promise<Appointment[]>;
  read(appointmentId: string): Promise<Appointment | undefined>;
}

/** Creates a test actor for a Cognito sub. */
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

/** Returns the appointment of a result. @throws if the command was refused */
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
