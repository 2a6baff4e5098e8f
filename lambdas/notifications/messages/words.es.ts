import type { Words } from './words.ts';

export const es: Words = {
  greeting: (name) => `Hola, ${name}:`,
  labels: {
    when: 'Cuándo',
    formerly: 'Antes',
    where: 'Dónde',
    phone: 'Teléfono',
    doctor: 'Con',
    reference: 'Referencia',
    clinic: 'Clínica',
  },
  byVideo: 'Por vídeo',
  calendarSummary: (clinic) => `Cita en ${clinic}`,
  whyPatient: 'Recibe este mensaje porque tiene una cuenta o una cita en MedBook.',
  whyStaff: 'MedBook le avisa de sus citas. De quién es la verá en su agenda, por la referencia.',
  unsubscribe: 'No más correos',
  patient: {
    account_created: {
      subject: () => 'Le damos la bienvenida a MedBook',
      text: () =>
        'Su cuenta está lista. Ya puede pedir, cambiar y anular citas en todas las clínicas que trabajan con MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `Su hora en ${clinic} está reservada por un momento`,
      text: ({ until }) =>
        `Le guardamos esta hora hasta las ${until}. Confírmela antes; si no, quedará libre para otras personas.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `Su cita en ${clinic}`,
      text: () => 'Su cita está reservada. Si no puede venir, anúlela, por favor, para que otra persona pueda.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `Su cita en ${clinic} está confirmada`,
      text: () => 'Su cita está confirmada. Si no puede venir, anúlela, por favor, para que otra persona pueda.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `Su cita en ${clinic} ha cambiado`,
      text: () => 'Su cita ha cambiado. Así queda ahora.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `Su cita en ${clinic} está anulada`,
      text: ({ byClinic }) =>
        byClinic
          ? 'La clínica ha tenido que anular esta cita. Pida otra hora o llame a la clínica, por favor.'
          : 'Ha anulado esta cita. No tiene que hacer nada más.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `Ya no le guardamos su hora en ${clinic}`,
      text: () =>
        'Le guardamos esta hora y no se confirmó, así que vuelve a estar libre. Puede pedir otra cuando quiera.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Gracias por su visita a ${clinic}`,
      text: () => 'Gracias por venir. Puede pedir su próxima cita cuando quiera.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Recordatorio: su cita en ${clinic}`,
      text: () => 'Le recordamos su cita. Si no puede venir, anúlela, por favor, para que otra persona pueda.',
    },
  },
  staff: {
    appointment_booked: {
      subject: ({ reference }) => `Reservada: ${reference}`,
      text: () => 'Se ha reservado una cita.',
    },
    appointment_confirmed: {
      subject: ({ reference }) => `Reservada: ${reference}`,
      text: () => 'Se ha reservado una cita.',
    },
    appointment_rescheduled: {
      subject: ({ reference }) => `Cambiada: ${reference}`,
      text: () => 'Una cita ha cambiado. Así queda ahora.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `Ya no es suya: ${reference}`,
      text: () => 'Una cita suya es ahora con otra persona del equipo médico.',
    },
    appointment_cancelled: {
      subject: ({ reference }) => `Anulada: ${reference}`,
      text: ({ byClinic }) => (byClinic ? 'La clínica ha anulado una cita.' : 'Un paciente ha anulado una cita.'),
    },
  },
  sms: {
    appointment_held: ({ clinic, when, until, reference }) =>
      `${clinic}: le guardamos ${when} hasta las ${until}. Confirme, por favor. ${reference}`,
    appointment_booked: ({ clinic, when, reference }) => `${clinic}: reservado para ${when}. ${reference}`,
    appointment_confirmed: ({ clinic, when, reference }) => `${clinic}: confirmado para ${when}. ${reference}`,
    appointment_rescheduled: ({ clinic, when, reference }) => `${clinic}: cambio, ahora ${when}. ${reference}`,
    appointment_cancelled: ({ clinic, when, reference, byClinic }) =>
      byClinic
        ? `${clinic} ha anulado ${when}. Pida otra hora, por favor. ${reference}`
        : `${clinic}: ${when} queda anulado. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} no se confirmó y vuelve a estar libre. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Recordatorio: ${clinic}, ${when}. ${reference}`,
  },
};
