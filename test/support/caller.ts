import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Appointment, NewAppointment } from '../../lambdas/appointments/appointment.ts';
import {
  type ChangeName,
  type CommandAnswer,
  callBookAppointment,
  callChangeAppointment,
  readAppointments,
} from '../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';

/** What a caller hears; the index of free slots is told the rest. */
type Heard = Omit<CommandAnswer, 'changed'>;

/** How a command is given: `again` makes it the repeat of a request, with the same new appointment. */
interface Manner {
  readonly version?: number;
  readonly idempotencyKey?: string;
  readonly bookingsPerMinute?: number;
  readonly again?: { readonly requestId: string; readonly appointmentId?: string };
}

/** What one person can do with appointments, on a connection. A time that is contended is asked for again until it is not. */
export interface Caller {
  readonly sub: string;
  book(wish: Partial<NewAppointment>, manner?: Manner): Promise<Heard>;
  /** The appointment that a booking made. @throws when it was refused */
  booked(wish: Partial<NewAppointment>): Promise<Appointment>;
  /** The same, only held. */
  held(wish: Partial<NewAppointment>): Promise<Appointment>;
  change(name: ChangeName, appointmentId: string, wish?: object, manner?: Manner): Promise<Heard>;
  list(statuses?: readonly string[]): Promise<Appointment[]>;
  read(appointmentId: string): Promise<Appointment | undefined>;
}

export function caller(db: Db, sub: string, groups: readonly string[] = ['patient']): Caller {
  const commandOf = (wish: object, { idempotencyKey, bookingsPerMinute, again }: Manner) => ({
    sub,
    groups,
    requestId: again?.requestId ?? randomUUID(),
    idempotencyKey,
    requestHash: JSON.stringify(wish),
    bookingsPerMinute,
  });
  const book: Caller['book'] = (wish, manner = {}) => {
    const command = commandOf(wish, manner);
    const appointmentId = manner.again?.appointmentId ?? uuidv7();
    const whole: NewAppointment = { slots: 1, type: 'in_person', hold: false, ...wish };
    return uncontended(() => callBookAppointment(db, command, appointmentId, whole));
  };
  const reading = { sub, groups, requestId: randomUUID() };
  return {
    sub,
    book,
    booked: async (wish) => appointmentOf(await book(wish)),
    held: async (wish) => appointmentOf(await book({ ...wish, hold: true })),
    change: (name, appointmentId, wish = {}, manner = {}) => {
      const command = commandOf(wish, manner);
      return uncontended(() =>
        callChangeAppointment(db, command, { name, appointmentId, version: manner.version, wish }),
      );
    },
    list: (statuses) => readAppointments(db, { ...reading, statuses, limit: 100 }),
    read: async (appointmentId) => (await readAppointments(db, { ...reading, appointmentId, limit: 1 }))[0],
  };
}

/** The appointment in an answer. @throws when it is a refusal */
export function appointmentOf({ answer }: Heard): Appointment {
  if (answer.outcome !== 'done') throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer.appointment;
}

async function uncontended(ask: () => Promise<CommandAnswer>): Promise<Heard> {
  for (;;) {
    const { changed: _, ...heard } = await ask();
    if (heard.answer.outcome !== 'slot_contended') return heard;
  }
}
