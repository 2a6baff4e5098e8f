import type { Translation } from '../translations.ts';

/** The Portuguese (Portugal) texts. */
export const pt: Translation = {
  greeting: (name) => `Olá ${name},`,
  labels: {
    when: 'Quando',
    formerly: 'Antes',
    where: 'Onde',
    phone: 'Telefone',
    doctor: 'Com',
    reference: 'Referência',
    clinic: 'Clínica',
  },
  byVideo: 'Videochamada',
  calendarSummary: (clinic) => `Consulta em ${clinic}`,
  patientFooter: 'Recebe esta mensagem porque tem uma conta ou uma consulta no MedBook.',
  staffFooter:
    'O MedBook envia-lhe avisos sobre as suas consultas. Para ver de que paciente se trata, procure a referência na sua agenda.',
  unsubscribe: 'Cancelar subscrição',
  patient: {
    account_created: {
      subject: () => 'Damos-lhe as boas-vindas ao MedBook',
      text: () =>
        'A sua conta está pronta. Já pode marcar, alterar e cancelar consultas em todas as clínicas que usam o MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `Confirme a sua consulta em ${clinic}`,
      text: ({ until }) =>
        `Guardamos esta hora para si até às ${until}. Confirme a consulta antes; caso contrário, a hora volta a ficar livre para outras pessoas.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `A sua consulta em ${clinic}`,
      text: () =>
        'A sua consulta está marcada. Se não puder vir, cancele-a, por favor, para que outra pessoa possa usar essa hora.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} está confirmada`,
      text: () =>
        'A sua consulta está confirmada. Se não puder vir, cancele-a, por favor, para que outra pessoa possa usar essa hora.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} foi alterada`,
      text: () => 'A sua consulta foi alterada. Estes são os novos dados.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} está cancelada`,
      text: ({ byClinic }) =>
        byClinic
          ? 'A clínica teve de cancelar esta consulta. Por favor, marque outra hora ou telefone para a clínica.'
          : 'Cancelou esta consulta. Não precisa de fazer mais nada.',
    },
    appointment_conflict: {
      subject: ({ clinic }) => `Escolha outra hora para a sua consulta em ${clinic}`,
      text: () =>
        'O seu médico não está disponível a esta hora, por isso a consulta não pode realizar-se como previsto. Lamentamos. Mude-a para outra hora, cancele-a ou telefone para a clínica.',
    },
    appointment_fits_again: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} pode realizar-se como previsto`,
      text: () =>
        'Escrevemos que o seu médico não estava disponível a esta hora. Isso mudou: a consulta pode realizar-se como previsto.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `A sua reserva em ${clinic} expirou`,
      text: () =>
        'Guardámos esta hora para si, mas não foi confirmada, por isso está de novo livre para outras pessoas. Pode marcar outra consulta quando quiser.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Obrigado pela sua visita a ${clinic}`,
      text: () => 'Obrigado por ter vindo. Pode marcar a próxima consulta quando quiser.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Lembrete: a sua consulta em ${clinic}`,
      text: () =>
        'Este é um lembrete da sua consulta. Se não puder vir, cancele-a, por favor, para que outra pessoa possa usar essa hora.',
    },
  },
  staff: {
    appointment_booked: {
      subject: ({ reference }) => `Marcada: ${reference}`,
      text: () => 'Foi marcada uma consulta.',
    },
    appointment_confirmed: {
      subject: ({ reference }) => `Marcada: ${reference}`,
      text: () => 'Foi marcada uma consulta.',
    },
    appointment_rescheduled: {
      subject: ({ reference }) => `Alterada: ${reference}`,
      text: () => 'Uma consulta foi alterada. Estes são os novos dados.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `Reatribuída: ${reference}`,
      text: () => 'Uma das suas consultas passou para outra pessoa da equipa médica.',
    },
    appointment_cancelled: {
      subject: ({ reference }) => `Cancelada: ${reference}`,
      text: ({ byClinic }) => (byClinic ? 'A clínica cancelou uma consulta.' : 'Um paciente cancelou uma consulta.'),
    },
  },
  sms: {
    appointment_held: ({ clinic, when, until, reference }) =>
      `${clinic}: guardamos ${when} para si até às ${until}. Confirme, por favor. ${reference}`,
    appointment_booked: ({ clinic, when, reference }) => `${clinic}: marcado para ${when}. ${reference}`,
    appointment_confirmed: ({ clinic, when, reference }) => `${clinic}: confirmado para ${when}. ${reference}`,
    appointment_rescheduled: ({ clinic, when, reference }) => `${clinic}: alterado, agora ${when}. ${reference}`,
    appointment_cancelled: ({ clinic, when, reference, byClinic }) =>
      byClinic
        ? `${clinic} teve de cancelar a sua consulta (${when}). Por favor, marque outra hora. ${reference}`
        : `${clinic}: ${when} foi cancelado. ${reference}`,
    appointment_conflict: ({ clinic, when, reference }) =>
      `${clinic}: ${when} não é possível. Escolha outra hora ou telefone. ${reference}`,
    appointment_fits_again: ({ clinic, when, reference }) =>
      `${clinic}: ${when} é de novo possível, como previsto. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} não foi confirmado e está livre de novo. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Lembrete: ${clinic}, ${when}. ${reference}`,
  },
};
