import * as z from 'zod';
import type { RouteTable } from '../operation.ts';

/** The description of the API. Needs no database. */
export const docsApi = {
  'GET /health': {
    id: 'getHealth',
    tag: 'System',
    summary: 'Returns ok if the API runs. Does not check the database.',
    access: 'public',
    response: z.object({ status: z.literal('ok') }),
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    tag: 'System',
    summary: 'Returns this description.',
    access: 'public',
    response: z.looseObject({ openapi: z.literal('3.1.0') }),
  },
  'GET /docs': {
    id: 'getDocs',
    tag: 'System',
    summary: 'Returns this description as a web page.',
    access: 'public',
    response: z.string(),
    contentType: 'text/html; charset=utf-8',
  },
} as const satisfies RouteTable;
