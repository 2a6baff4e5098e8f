import { API_FUNCTIONS } from '@medbook/contract/routes/api-functions';
import { docsApi } from '@medbook/contract/routes/docs-api';
import { createDocsPage } from '../docs/docs-page.ts';
import { buildOpenApi } from '../docs/openapi.ts';
import { docsHandlers } from '../docs/public-handlers.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { docsEnv } from './docs.contract.ts';

const env = docsEnv.parse(process.env);

export const handler = httpHandler({
  routes: docsApi,
  handlers: docsHandlers,
  deps: {
    openApi: buildOpenApi(Object.values(API_FUNCTIONS)),
    getPage: () => createDocsPage(new URL('./', import.meta.url)),
  },
  corsOrigins: env.CORS_ORIGINS,
});
