import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The page that documents the API and can call it. It is self-contained, so it works without internet access. */
export interface DocsPage {
  readonly html: string;
  /** Allows only the scripts of the page, and connections only to this API. */
  readonly contentSecurityPolicy: string;
}

/** Creates the page from the Swagger UI files in `directory`. */
export function createDocsPage(directory: URL): DocsPage {
  const style = readFileSync(new URL('swagger-ui.css', directory), 'utf8');
  // A closing tag ends a script even inside a string.
  const libraryScript = readFileSync(new URL('swagger-ui-bundle.js', directory), 'utf8').replaceAll(
    '</script',
    '<\\/script',
  );
  const startScript = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MedBook API</title>
<style>${style}</style>
</head>
<body>
<div id="api"></div>
<script>${libraryScript}</script>
<script>${startScript}</script>
</body>
</html>
`;
  const scriptHashes = [libraryScript, startScript].map(
    (scriptText) => `'sha256-${createHash('sha256').update(scriptText).digest('base64')}'`,
  );
  return {
    html,
    contentSecurityPolicy: `default-src 'none'; script-src ${scriptHashes.join(' ')}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}
