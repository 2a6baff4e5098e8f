import { v7 as uuidv7 } from 'uuid';
import { count } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import type { NewAppointment } from './appointment.ts';
import { type Command, type CommandAnswer, callBookAppointment } from './appointments.sql.ts';
import { untilUncontended } from './contention.ts';

/** Books or holds slots for a patient; the database decides who was first. The appointment keeps its id through all tries. */
export async function bookAppointment(db: Db, command: Command, wish: NewAppointment): Promise<CommandAnswer> {
  count('BookingAttempts');
  const appointmentId = uuidv7();
  try {
    const answer = await untilUncontended(() => callBookAppointment(db, command, appointmentId, wish));
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
