import type { Words } from './words.ts';

export const pt: Words = {
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
  byVideo: 'Por vídeo',
  calendarSummary: (clinic) => `Consulta em ${clinic}`,
  whyPatient: 'Recebe esta mensagem porque tem uma conta ou uma consulta no MedBook.',
  whyStaff: 'O MedBook avisa das suas consultas. De quem é vê-se na sua agenda, pela referência.',
  unsubscribe: 'Não quero mais e-mails',
  patient: {
    account_created: {
      subject: () => 'Damos-lhe as boas-vindas ao MedBook',
      text: () =>
        'A sua conta está pronta. Já pode marcar, mudar e cancelar consultas em todas as clínicas que trabalham com o MedBook.',
    },
    appointment_held: {
      subject: ({ clinic }) => `A sua hora em ${clinic} está guardada por um momento`,
      text: ({ until }) =>
        `Guardamos esta hora para si até às ${until}. Confirme-a antes; senão, fica livre para outras pessoas.`,
    },
    appointment_booked: {
      subject: ({ clinic }) => `A sua consulta em ${clinic}`,
      text: () => 'A sua consulta está marcada. Se não puder vir, cancele-a, por favor, para que outra pessoa possa.',
    },
    appointment_confirmed: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} está confirmada`,
      text: () =>
        'A sua consulta está confirmada. Se não puder vir, cancele-a, por favor, para que outra pessoa possa.',
    },
    appointment_rescheduled: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} mudou`,
      text: () => 'A sua consulta mudou. Fica agora assim.',
    },
    appointment_cancelled: {
      subject: ({ clinic }) => `A sua consulta em ${clinic} está cancelada`,
      text: ({ byClinic }) =>
        byClinic
          ? 'A clínica teve de cancelar esta consulta. Por favor, marque outra hora ou telefone à clínica.'
          : 'Cancelou esta consulta. Não tem de fazer mais nada.',
    },
    appointment_expired: {
      subject: ({ clinic }) => `A sua hora em ${clinic} já não está guardada`,
      text: () =>
        'Esta hora estava guardada para si e não foi confirmada, por isso está livre de novo. Pode marcar outra quando quiser.',
    },
    appointment_completed: {
      subject: ({ clinic }) => `Obrigado pela sua visita a ${clinic}`,
      text: () => 'Obrigado por ter vindo. Pode marcar a próxima consulta quando quiser.',
    },
    appointment_reminder: {
      subject: ({ clinic }) => `Lembrete: a sua consulta em ${clinic}`,
      text: () => 'Lembramos a sua consulta. Se não puder vir, cancele-a, por favor, para que outra pessoa possa.',
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
      subject: ({ reference }) => `Mudada: ${reference}`,
      text: () => 'Uma consulta mudou. Fica agora assim.',
    },
    appointment_reassigned: {
      subject: ({ reference }) => `Já não é sua: ${reference}`,
      text: () => 'Uma consulta sua passou para outra pessoa da equipa médica.',
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
    appointment_rescheduled: ({ clinic, when, reference }) => `${clinic}: mudou, agora ${when}. ${reference}`,
    appointment_cancelled: ({ clinic, when, reference, byClinic }) =>
      byClinic
        ? `${clinic} cancelou ${when}. Por favor, marque outra hora. ${reference}`
        : `${clinic}: ${when} foi cancelado. ${reference}`,
    appointment_expired: ({ clinic, when, reference }) =>
      `${clinic}: ${when} não foi confirmado e está livre de novo. ${reference}`,
    appointment_reminder: ({ clinic, when, reference }) => `Lembrete: ${clinic}, ${when}. ${reference}`,
  },
};
