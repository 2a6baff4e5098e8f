/** The kinds of message. Which event makes which of them, and for whom, says notification_catalogue() in the migrations. */
export const KINDS = [
  'account_created',
  'appointment_held',
  'appointment_booked',
  'appointment_confirmed',
  'appointment_rescheduled',
  'appointment_reassigned',
  'appointment_cancelled',
  'appointment_expired',
  'appointment_completed',
  'appointment_reminder',
] as const;
export type Kind = (typeof KINDS)[number];

/** The languages that there are words in; the first is for whoever has chosen none. */
export const LANGUAGES = ['en', 'es', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whom a message speaks to. A doctor and a clinic are told of a patient's appointment, without who it is. */
export type RecipientType = 'patient' | 'doctor' | 'clinic';

/** What messages and calendars say of an appointment. Instants are RFC 3339, UTC. */
export interface AppointmentFacts {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly type: 'in_person' | 'video';
  readonly doctorName: string;
  readonly version: number;
  /** Of a hold. */
  readonly expiresAt?: string;
  readonly cancelledBy?: 'patient' | 'clinic';
}

export interface ClinicFacts {
  readonly name: string;
  readonly address: string;
  readonly phone: string;
  /** IANA name: all times in messages are in it. */
  readonly timeZone: string;
}

/** All that a message is made of, as the database has it at the time of sending. */
export interface Content {
  readonly kind: Kind;
  readonly recipient: RecipientType;
  readonly recipientName: string;
  readonly language: Language;
  /** Without them only of an account. */
  readonly clinic?: ClinicFacts;
  readonly appointment?: AppointmentFacts;
  /** Of a move: when it was before. */
  readonly formerStartTime?: string;
}
