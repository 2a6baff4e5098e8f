import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const PROJECT_FOLDER = fileURLToPath(new URL('../../.local', import.meta.url));

/** The folder for the data of a local system: `MEDBOOK_FOLDER` if set, else `.local` in the project. */
export const LOCAL_FOLDER = process.env.MEDBOOK_FOLDER ? resolve(process.env.MEDBOOK_FOLDER) : PROJECT_FOLDER;

/** The folder for downloads and synthesized templates, shared by the systems in all folders; it may be deleted at any time. */
export const CACHE_FOLDER = `${PROJECT_FOLDER}/cache`;

const urlSchema = z.string();

const localStateSchema = z.object({
  apiUrl: urlSchema,
  docsUrl: urlSchema,
  mailUrl: urlSchema,
  cognitoEndpoint: urlSchema,
  lambdaEndpoint: urlSchema,
  region: z.string(),
  /** Of patients. */
  userPoolId: z.string(),
  userPoolClientId: z.string(),
  /** Of doctors and admins. */
  staffUserPoolId: z.string(),
  staffUserPoolClientId: z.string(),
  databaseUrl: urlSchema,
  redisUrl: urlSchema.nullable(),
  sqsEndpoint: urlSchema,
  queueUrl: urlSchema,
  dlqUrl: urlSchema,
  /** ARNs of the scheduled functions that run at least every five minutes. */
  jobs: z.array(z.string()),
  accounts: z.array(
    z.object({ role: z.enum(['admin', 'doctor', 'patient']), email: z.string(), password: z.string() }),
  ),
});
/** The addresses and accounts of a running local system, which it writes to `state.json` in its folder. */
export type LocalState = z.output<typeof localStateSchema>;

/** Returns the state of the running system in `folder`. @throws when no system is running there */
export function readState(folder = LOCAL_FOLDER): LocalState {
  const path = `${folder}/state.json`;
  try {
    return localStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`No running MedBook found (${path} is missing or invalid): start one with npm start.`, { cause });
  }
}
