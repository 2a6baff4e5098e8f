import type { Language } from '@medbook/contract/language';

/** The kinds of message. notification_catalogue() in the migrations defines which event creates which kind, and for whom. */
export const NOTIFICATION_KINDS = [
  'account_created',
  'appointment_held',
  'appointment_booked',
  'appointment_confirmed',
  'appointment_rescheduled',
  'appointment_reassigned',
  'appointment_cancelled',
  'appointment_conflict',
  'appointment_fits_again',
  'appointment_expired',
  'appointment_completed',
  'appointment_reminder',
] as const;
/** A kind of message. */
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** Who receives a message. Messages to doctors and clinics do not identify the patient. */
export type RecipientType = 'patient' | 'doctor' | 'clinic';

/** The data of an appointment in messages and calendars. Instants are RFC 3339, in UTC. */
export interface AppointmentFacts {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly type: 'in_person' | 'video';
  readonly doctorName: string;
  readonly version: number;
  /** Only for a hold. */
  readonly expiresAt?: string;
  readonly cancelledBy?: 'patient' | 'clinic';
}

/** The data of a clinic in messages and calendars. */
export interface ClinicFacts {
  readonly name: string;
  readonly address: string;
  readonly phone: string;
  /** An IANA name. All times in messages are in this zone. */
  readonly timeZone: string;
}

/** The content of a message, read from the database at the time of sending. */
export interface NotificationContent {
  readonly kind: NotificationKind;
  readonly recipient: RecipientType;
  readonly recipientName: string;
  readonly language: Language;
  /** Absent only from messages about an account. */
  readonly clinic?: ClinicFacts;
  readonly appointment?: AppointmentFacts;
  /** The previous start time, if the appointment was moved. */
  readonly formerStartTime?: string;
}
