import type { Translation } from '../translations.ts';

/** The English texts. */
export const en: Translation = {
  greeting: (name) => `Hello ${name},`,
  labels: {
    when: 'When',
    formerly: 'Previously',
    where: 'Where',
    phone: 'Phone',
    doctor: 'With',
    reference: 'Reference',
    clinic: 'Clinic',
  },
  byVideo: 'Video call',
  calendarSummary: (clinic) => `Appointment at ${clinic}`,
  patientFooter: 'You receive this message because you have an account or an appointment with MedBook.',
  staffFooter:
    'MedBook notifies you about your appointments. To see the patient, look up the reference in your schedule.',
  unsubscribe: 'Unsubscribe',
  patient: {
    account_created: {
      subject: () => 'Welcome to MedBook',
      text: () =>
        'Your account is ready. You can now book, change and cancel appointments at every clinic that uses MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `Please confirm your appointment at ${clinic}`,
      text: ({ until }) =>
        `We are holding this time for you until ${until}. Please confirm the appointment before then; otherwise the time becomes available to others again.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `Your appointment at ${clinic}`,
      text: () =>
        'Your appointment is booked. If you cannot come, please cancel it so that someone else can use the time.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `Your appointment at ${clinic} is confirmed`,
      text: () =>
        'Your appointment is confirmed. If you cannot come, please cancel it so that someone else can use the time.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `Your appointment at ${clinic} has changed`,
      text: () => 'Your appointment has changed. These are the new details.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `Your appointment at ${clinic} is cancelled`,
      text: ({ byClinic }) =>
        byClinic
          ? 'The clinic had to cancel this appointment. Please book another time or call the clinic.'
          : 'You have cancelled this appointment. You do not need to do anything else.',
    },
    appointment_conflict: {
      subject: ({ clinic }) => `Please choose another time for your appointment at ${clinic}`,
      text: () =>
        'Your doctor is not available at this time, so the appointment cannot take place as planned. We are sorry. Please move it to another time or cancel it, or call the clinic.',
    },
    appointment_fits_again: {
      subject: ({ clinic }) => `Your appointment at ${clinic} can take place as planned`,
      text: () =>
        'We wrote that your doctor was not available at this time. This has changed: the appointment can take place as planned.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `Your hold at ${clinic} has expired`,
      text: () =>
        'We held this time for you, but it was not confirmed, so it is available to others again. You can book another appointment at any time.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Thank you for your visit to ${clinic}`,
      text: () => 'Thank you for coming. You can book your next appointment at any time.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Reminder: your appointment at ${clinic}`,
      text: () =>
        'This is a reminder of your appointment. If you cannot come, please cancel it so that someone else can use the time.',
    },
  },
  staff: {
    appointment_booked: {
      subject: ({ reference }) => `Booked: ${reference}`,
      text: () => 'An appointment has been booked.',
    },
    appointment_confirmed: {
      subject: ({ reference }) => `Booked: ${reference}`,
      text: () => 'An appointment has been booked.',
    },
    appointment_rescheduled: {
      subject: ({ reference }) => `Changed: ${reference}`,
      text: () => 'An appointment has changed. These are the new details.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `Reassigned: ${reference}`,
      text: () => 'One of your appointments is now with another doctor.',
    },
    appointment_cancelled: {
      subject: ({ reference }) => `Cancelled: ${reference}`,
      text: ({ byClinic }) =>
        byClinic ? 'The clinic has cancelled an appointment.' : 'A patient has cancelled an appointment.',
    },
  },
  sms: {
    appointment_held: ({ clinic, when, until, reference }) =>
      `${clinic}: ${when} is held for you until ${until}. Please confirm. ${reference}`,
    appointment_booked: ({ clinic, when, reference }) => `${clinic}: booked for ${when}. ${reference}`,
    appointment_confirmed: ({ clinic, when, reference }) => `${clinic}: confirmed for ${when}. ${reference}`,
    appointment_rescheduled: ({ clinic, when, reference }) => `${clinic}: changed, now ${when}. ${reference}`,
    appointment_cancelled: ({ clinic, when, reference, byClinic }) =>
      byClinic
        ? `${clinic} had to cancel your appointment (${when}). Please book another time. ${reference}`
        : `${clinic}: ${when} is cancelled. ${reference}`,
    appointment_conflict: ({ clinic, when, reference }) =>
      `${clinic}: ${when} is not possible. Please choose another time or call us. ${reference}`,
    appointment_fits_again: ({ clinic, when, reference }) =>
      `${clinic}: ${when} is possible again, as planned. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} was not confirmed and is available again. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Reminder: ${clinic}, ${when}. ${reference}`,
  },
};
