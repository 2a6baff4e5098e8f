import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const PROJECTS_OWN = fileURLToPath(new URL('../.local', import.meta.url));

/** Where a running local system keeps its things: `.local` in the project, unless `MEDBOOK_FOLDER` names another folder. */
export const LOCAL_FOLDER = process.env.MEDBOOK_FOLDER ? resolve(process.env.MEDBOOK_FOLDER) : PROJECTS_OWN;

/** What was fetched and may be fetched again, kept once for the systems in all folders. */
export const CACHE_FOLDER = `${PROJECTS_OWN}/cache`;

const url = z.string();

const localState = z.object({
  apiUrl: url,
  docsUrl: url,
  mailUrl: url,
  cognitoEndpoint: url,
  lambdaEndpoint: url,
  region: z.string(),
  userPoolId: z.string(),
  userPoolClientId: z.string(),
  databaseUrl: url,
  redisUrl: url.nullable(),
  sqsEndpoint: url,
  queueUrl: url,
  dlqUrl: url,
  /** The functions that run every five minutes or more often. */
  jobs: z.array(z.string()),
  accounts: z.array(
    z.object({ role: z.enum(['admin', 'doctor', 'patient']), email: z.string(), password: z.string() }),
  ),
});
/** How to reach a running local system: what it writes into `state.json` of its folder. */
export type LocalState = z.output<typeof localState>;

/** The state of the system that runs here. @throws a sentence when none has been started. */
export function readState(folder = LOCAL_FOLDER): LocalState {
  const path = `${folder}/state.json`;
  try {
    return localState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`No running MedBook is described in ${path}: start one with npm start.`, { cause });
  }
}
