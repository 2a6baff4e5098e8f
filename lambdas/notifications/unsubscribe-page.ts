import type { Language } from './notification.ts';

/** Its own style, its one form, and nothing else. */
export const UNSUBSCRIBE_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The page that asks, with a button that posts to the page's own address, or says that it is done. It says nothing of anybody. */
export function unsubscribePage(language: Language, state: 'asks' | 'is done'): string {
  const words = WORDS[language];
  const content =
    state === 'asks'
      ? `<p>${words.question}</p><form method="post"><button>${words.button}</button></form>`
      : `<p>${words.done}</p>`;
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

const WORDS: Readonly<Record<Language, { question: string; button: string; done: string }>> = {
  en: {
    question: 'Shall MedBook send you no more e-mails, not even about your appointments?',
    button: 'No more e-mails',
    done: 'Done: you get no more e-mails. If you want them again, say so in your profile.',
  },
  es: {
    question: '¿Quiere que MedBook deje de enviarle correos, también sobre sus citas?',
    button: 'No más correos',
    done: 'Hecho: no recibirá más correos. Si los quiere de nuevo, indíquelo en su perfil.',
  },
  pt: {
    question: 'Quer que o MedBook deixe de lhe enviar e-mails, mesmo sobre as suas consultas?',
    button: 'Não quero mais e-mails',
    done: 'Feito: não receberá mais e-mails. Se os quiser de novo, indique-o no seu perfil.',
  },
};
