import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import mjml2html from 'mjml';

const FOLDER = new URL('../../lambdas/notifications/messages/', import.meta.url);
const COMPILED = fileURLToPath(new URL('layout.html.ts', FOLDER));

/** `layout.html.ts`, made of `layout.mjml`. MJML itself is too big for a function, and the layout is the same for all messages. */
export async function compileLayout(): Promise<string> {
  const { html } = await mjml2html(readFileSync(new URL('layout.mjml', FOLDER), 'utf8'), { validationLevel: 'strict' });
  return `// Made of layout.mjml by \`npm run layout\`: change it there.
/** The HTML of every e-mail, a Mustache template. */
export const LAYOUT: string = ${JSON.stringify(html.replaceAll(/\n\s*/g, '\n'))};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(COMPILED, await compileLayout());
