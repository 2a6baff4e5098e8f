import type { docsApi } from '@medbook/contract/routes/docs-api';
import type { Handlers } from '../shared/http/operation-handler.ts';
import type { DocsPage } from './docs-page.ts';

interface Deps {
  readonly openApi: object;
  readonly getPage: () => DocsPage;
}

/** The routes of the health check, the OpenAPI document and the docs page. */
export const docsHandlers = {
  'GET /health': async () => ({ body: { status: 'ok' } }),
  'GET /openapi.json': async ({ openApi }) => ({ body: openApi }),
  'GET /docs': async ({ getPage }) => {
    const { html, contentSecurityPolicy } = getPage();
    return { body: html, headers: { 'Content-Security-Policy': contentSecurityPolicy } };
  },
} satisfies Handlers<Deps, typeof docsApi>;
