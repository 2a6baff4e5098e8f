import { setTimeout as wait } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import type { NewAppointment } from './appointment.ts';
import { type Command, type CommandAnswer, callBookAppointment } from './appointments.sql.ts';

const RETRIES = 4;
const FIRST_WAIT_MILLISECONDS = 15;

/**
 * Books slots for a patient; the database decides who was first. A time that a rival has locked at this instant is asked for again,
 * because the rival may give it back: without that, times stay unsold. The appointment keeps its id through all tries.
 */
export async function bookAppointment(db: Db, command: Command, wish: NewAppointment): Promise<CommandAnswer> {
  count('BookingAttempts');
  try {
    const answer = await askUntilSettled(db, command, wish);
    if (answer.answer.outcome === 'done' && !answer.replayed) {
      count('BookingsMade');
      if (!wish.doctorId && !wish.slotId) count('AnyDoctorFallThroughs', answer.answer.passedOver ?? 0);
    }
    return answer;
  } catch (error) {
    count('BookingFailures');
    throw error;
  }
}

async function askUntilSettled(db: Db, command: Command, wish: NewAppointment): Promise<CommandAnswer> {
  const appointmentId = uuidv7();
  let answer = await callBookAppointment(db, command, appointmentId, wish);
  for (let retry = 0; retry < RETRIES && answer.answer.outcome === 'slot_contended'; retry += 1) {
    count('ContendedTries');
    await wait((0.5 + Math.random()) * FIRST_WAIT_MILLISECONDS * 2 ** retry);
    answer = await callBookAppointment(db, command, appointmentId, wish);
  }
  return answer;
}
