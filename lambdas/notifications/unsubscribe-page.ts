import type { Language } from '@medbook/contract/language';

/** The Content-Security-Policy of the page: its own style and its one form. */
export const UNSUBSCRIBE_PAGE_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Creates the page: a question with a button that posts to the page's own URL, or the confirmation. It shows no personal data. */
export function createUnsubscribePage(language: Language, state: 'question' | 'done'): string {
  const texts = TEXTS[language];
  const content =
    state === 'question'
      ? `<p>${texts.question}</p><form method="post"><button>${texts.button}</button></form>`
      : `<p>${texts.done}</p>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MedBook</title>
<style>
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 15vh auto 0; padding: 1rem; }
button { font: inherit; padding: .5rem 1.25rem; border: 0; border-radius: .375rem; background: #0b6e5f; color: #fff; }
</style>
</head>
<body><main><h1>MedBook</h1>${content}</main></body>
</html>
`;
}

const TEXTS: Readonly<Record<Language, { question: string; button: string; done: string }>> = {
  en: {
    question: 'Unsubscribe from all MedBook emails, including those about your appointments?',
    button: 'Unsubscribe',
    done: 'You are unsubscribed. To receive emails again, change the notification settings in your profile.',
  },
  es: {
    question: '¿Darse de baja de todos los correos de MedBook, incluidos los de sus citas?',
    button: 'Darme de baja',
    done: 'Se ha dado de baja. Para volver a recibir correos, cambie las notificaciones en su perfil.',
  },
  pt: {
    question: 'Cancelar a subscrição de todos os e-mails do MedBook, incluindo os das suas consultas?',
    button: 'Cancelar subscrição',
    done: 'A subscrição foi cancelada. Para voltar a receber e-mails, altere as notificações no seu perfil.',
  },
};
