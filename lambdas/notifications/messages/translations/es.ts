import type { Translation } from '../translations.ts';

/** The Spanish (Spain) texts. */
export const es: Translation = {
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
  byVideo: 'Videollamada',
  calendarSummary: (clinic) => `Cita en ${clinic}`,
  patientFooter: 'Recibe este mensaje porque tiene una cuenta o una cita en MedBook.',
  staffFooter: 'MedBook le avisa de sus citas. Para ver de qué paciente se trata, busque la referencia en su agenda.',
  unsubscribe: 'Darse de baja',
  patient: {
    account_created: {
      subject: () => 'Le damos la bienvenida a MedBook',
      text: () =>
        'Su cuenta está lista. Ya puede pedir, cambiar y anular citas en todas las clínicas que usan MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `Confirme su cita en ${clinic}`,
      text: ({ until }) =>
        `Le guardamos esta hora hasta las ${until}. Confirme la cita antes; si no, la hora volverá a estar libre para otras personas.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `Su cita en ${clinic}`,
      text: () =>
        'Su cita está reservada. Si no puede venir, anúlela, por favor, para que otra persona pueda usar esa hora.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `Su cita en ${clinic} está confirmada`,
      text: () =>
        'Su cita está confirmada. Si no puede venir, anúlela, por favor, para que otra persona pueda usar esa hora.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `Su cita en ${clinic} ha cambiado`,
      text: () => 'Su cita ha cambiado. Estos son los nuevos datos.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `Su cita en ${clinic} está anulada`,
      text: ({ byClinic }) =>
        byClinic
          ? 'La clínica ha tenido que anular esta cita. Por favor, pida otra hora o llame a la clínica.'
          : 'Ha anulado esta cita. No tiene que hacer nada más.',
    },
    appointment_conflict: {
      subject: ({ clinic }) => `Elija otra hora para su cita en ${clinic}`,
      text: () =>
        'Su médico no está disponible a esta hora, por lo que la cita no puede tener lugar como estaba prevista. Lo sentimos. Cámbiela a otra hora, cancélela o llame a la clínica.',
    },
    appointment_fits_again: {
      subject: ({ clinic }) => `Su cita en ${clinic} puede tener lugar como estaba prevista`,
      text: () =>
        'Le escribimos que su médico no estaba disponible a esta hora. Esto ha cambiado: la cita puede tener lugar como estaba prevista.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `Su reserva en ${clinic} ha caducado`,
      text: () =>
        'Le guardamos esta hora, pero no se confirmó, así que vuelve a estar libre para otras personas. Puede pedir otra cita cuando quiera.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Gracias por su visita a ${clinic}`,
      text: () => 'Gracias por venir. Puede pedir su próxima cita cuando quiera.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Recordatorio: su cita en ${clinic}`,
      text: () =>
        'Le recordamos su cita. Si no puede venir, anúlela, por favor, para que otra persona pueda usar esa hora.',
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
      text: () => 'Una cita ha cambiado. Estos son los nuevos datos.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `Reasignada: ${reference}`,
      text: () => 'Una de sus citas ha pasado a otra persona del equipo médico.',
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
    appointment_rescheduled: ({ clinic, when, reference }) => `${clinic}: cambiado, ahora ${when}. ${reference}`,
    appointment_cancelled: ({ clinic, when, reference, byClinic }) =>
      byClinic
        ? `${clinic} ha tenido que anular su cita (${when}). Pida otra hora, por favor. ${reference}`
        : `${clinic}: ${when} queda anulado. ${reference}`,
    appointment_conflict: ({ clinic, when, reference }) =>
      `${clinic}: ${when} no es posible. Elija otra hora o llámenos. ${reference}`,
    appointment_fits_again: ({ clinic, when, reference }) =>
      `${clinic}: ${when} vuelve a ser posible, como estaba previsto. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} no se confirmó y vuelve a estar libre. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Recordatorio: ${clinic}, ${when}. ${reference}`,
  },
};
