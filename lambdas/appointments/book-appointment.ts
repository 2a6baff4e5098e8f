import type { NewAppointment } from '@medbook/contract/appointment';
import { v7 as uuidv7 } from 'uuid';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { type Command, type CommandResult, executeBookAppointment } from './appointments.sql.ts';
import { retryContended } from './retry-contended.ts';

/**
 * Books or holds slots for a patient. The database decides which of several concurrent requests gets them. The id is chosen here, so that a retry after
 * a lost connection finds the appointment that the first attempt created.
 */
export async function bookAppointment(db: Db, command: Command, request: NewAppointment): Promise<CommandResult> {
  recordMetric('BookingAttempts');
  const appointmentId = uuidv7();
  try {
    const booking = await retryContended(() => executeBookAppointment(db, command, appointmentId, request));
    if (booking.result.outcome === 'done' && !booking.replayed) {
      recordMetric('BookingsMade');
      if (!request.doctorId && !request.slotId)
        recordMetric('AnyDoctorFallThroughs', booking.result.skippedDoctors ?? 0);
    }
    return booking;
  } catch (error) {
    recordMetric('BookingFailures');
    throw error;
  }
}
