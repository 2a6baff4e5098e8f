import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import mjml2html from 'mjml';

const LAYOUT_FOLDER = new URL('../../lambdas/notifications/messages/', import.meta.url);
const OUTPUT_FILE = fileURLToPath(new URL('layout.html.ts', LAYOUT_FOLDER));

/** Returns the text of `layout.html.ts`, compiled from `layout.mjml` at build time because MJML is too large for a function. */
export async function compileEmailLayout(): Promise<string> {
  const { html } = await mjml2html(readFileSync(new URL('layout.mjml', LAYOUT_FOLDER), 'utf8'), {
    validationLevel: 'strict',
  });
  return `// Generated from layout.mjml by \`npm run layout\`: edit layout.mjml instead.
/** The HTML of every email, a Mustache template. */
export const LAYOUT: string = ${JSON.stringify(html.replaceAll(/\n\s*/g, '\n'))};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(OUTPUT_FILE, await compileEmailLayout());
