import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The page that shows the API's description and lets one try it. All that it needs is in it, so it works without the internet. */
export interface DocsPage {
  readonly html: string;
  /** Lets run these scripts and no other, and talk to this API and nobody else. */
  readonly contentSecurityPolicy: string;
}

/** Makes the page from Swagger UI's files, which lie in `folder`. */
export function docsPage(folder: URL): DocsPage {
  const style = readFileSync(new URL('swagger-ui.css', folder), 'utf8');
  // A script ends at the first closing tag, also inside a string.
  const library = readFileSync(new URL('swagger-ui-bundle.js', folder), 'utf8').replaceAll('</script', '<\\/script');
  const start = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });`;
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
<script>${library}</script>
<script>${start}</script>
</body>
</html>
`;
  const scripts = [library, start].map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return {
    html,
    contentSecurityPolicy: `default-src 'none'; script-src ${scripts.join(' ')}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}
