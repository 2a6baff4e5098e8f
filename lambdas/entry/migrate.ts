import { fileURLToPath } from 'node:url';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { migrate } from '../migrations/migrate.ts';
import { withClient } from '../shared/database.ts';
import { isKeepAlive } from '../shared/keep-alive.contract.ts';
import { migrateEnv } from './migrate.contract.ts';

// The fields that RDS writes into the secret of a cluster's owner.
const ownerSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });

const env = migrateEnv.parse(process.env);
const secrets = new SecretsManagerClient();

/** Applies the migration scripts beside the bundle. An error fails the deployment before the new code is live. */
export async function handler(event?: unknown): Promise<{ applied: string[] }> {
  if (isKeepAlive(event)) return { applied: [] };
  const { username, password } = await readOwnerSecret();
  return withClient(
    { host: env.DB_HOST, port: env.DB_PORT, database: env.DB_NAME, user: username, password, ssl: true },
    (client) =>
      migrate(client, {
        directory: fileURLToPath(new URL('./migrations/', import.meta.url)),
        log: (event, details) => console.info(JSON.stringify({ event, ...details })),
      }),
  );
}

/** Not cached, because the secret rotates. */
async function readOwnerSecret(): Promise<z.infer<typeof ownerSecret>> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: env.DB_SECRET_ARN }));
  if (SecretString === undefined) throw new Error(`The secret ${env.DB_SECRET_ARN} has no string value.`);
  return ownerSecret.parse(JSON.parse(SecretString));
}
