import * as z from 'zod';
import { route } from '../shared/http/route.ts';
import type { DocsPage } from './page.ts';

interface Deps {
  readonly openApi: object;
  readonly page: () => DocsPage;
}

/** The API about itself. */
export const documentationRoutes = {
  'GET /health': route({
    summary: 'Whether the API answers. It asks no other part, so it says nothing of the database.',
    response: z.object({ status: z.literal('ok') }),
    handle: async (_deps: Deps) => ({ body: { status: 'ok' } }),
  }),
  'GET /openapi.json': route({
    summary: 'This description.',
    response: z.looseObject({ openapi: z.literal('3.1.0') }),
    handle: async ({ openApi }: Deps) => ({ body: openApi }),
  }),
  'GET /docs': route({
    summary: 'This description as a page.',
    response: z.string(),
    contentType: 'text/html; charset=utf-8',
    handle: async ({ page }: Deps) => {
      const { html, contentSecurityPolicy } = page();
      return { body: html, headers: { 'Content-Security-Policy': contentSecurityPolicy } };
    },
  }),
};
