import * as z from 'zod';
import type { RouteAccess } from '../shared/access.ts';
import { httpEnv } from '../shared/env.ts';

/** The description of the API, for people and for programs. No network, no database. */
export const docsRoutes = {
  'GET /health': 'public',
  'GET /openapi.json': 'public',
  'GET /docs': 'public',
} as const satisfies RouteAccess;

export const docsEnv = z.object(httpEnv);
export type DocsEnv = z.input<typeof docsEnv>;
