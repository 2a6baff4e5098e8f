import * as z from 'zod';
import { httpEnv } from '../shared/env.ts';

/** Serves the description of the API, as a web page and as OpenAPI. Needs no network and no database. */
export const docsEnv = z.object(httpEnv);
export type DocsEnv = z.input<typeof docsEnv>;
