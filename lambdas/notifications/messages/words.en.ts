import type { Words } from './words.ts';

export const en: Words = {
  greeting: (name) => `Hello ${name},`,
  labels: {
    when: 'When',
    formerly: 'Formerly',
    where: 'Where',
    phone: 'Telephone',
    doctor: 'With',
    reference: 'Reference',
    clinic: 'Clinic',
  },
  byVideo: 'By video',
  calendarSummary: (clinic) => `Appointment at ${clinic}`,
  whyPatient: 'You get this because you have an account or an appointment with MedBook.',
  whyStaff: 'MedBook tells you of your appointments. Whose it is you see in your schedule, by the reference.',
  unsubscribe: 'No more e-mails',
  patient: {
    account_created: {
      subject: () => 'Welcome to MedBook',
      text: () =>
        'Your account is ready. You can now book appointments, move them and cancel them, at every clinic that works with MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `Your time at ${clinic} is held`,
      text: ({ until }) =>
        `We hold this time for you until ${until}. Please confirm it before then; otherwise it is free for others again.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `Your appointment at ${clinic}`,
      text: () => 'Your appointment is booked. If you cannot come, please cancel it, so that somebody else can.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `Your appointment at ${clinic} is confirmed`,
      text: () => 'Your appointment is confirmed. If you cannot come, please cancel it, so that somebody else can.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `Your appointment at ${clinic} has changed`,
      text: () => 'Your appointment has been changed. This is how it is now.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `Your appointment at ${clinic} is cancelled`,
      text: ({ byClinic }) =>
        byClinic
          ? 'The clinic had to cancel this appointment. Please book another time, or call the clinic.'
          : 'You have cancelled this appointment. There is nothing more to do.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `Your time at ${clinic} is no longer held`,
      text: () =>
        'This time was held for you and not confirmed, so it is free for others again. You can book anew whenever you like.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Thank you for your visit to ${clinic}`,
      text: () => 'Thank you for coming. You can book your next appointment whenever you like.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Reminder: your appointment at ${clinic}`,
      text: () =>
        'This is to remind you of your appointment. If you cannot come, please cancel it, so that somebody else can.',
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
      text: () => 'An appointment has been changed. This is how it is now.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `No longer yours: ${reference}`,
      text: () => 'An appointment of yours is with another doctor now.',
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
        ? `${clinic} had to cancel ${when}. Please book anew. ${reference}`
        : `${clinic}: ${when} is cancelled. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} was not confirmed and is free again. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Reminder: ${clinic}, ${when}. ${reference}`,
  },
};
