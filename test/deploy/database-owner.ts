import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { migrateEnv } from '../../lambdas/entry/migrate.contract.ts';
import { withClient } from '../../lambdas/shared/database.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import type { Aws } from './aws-clients.ts';
import { PROD } from './check-context.ts';
import { findResource } from './stack.ts';

/**
 * Connects to prod's database as its owner and runs `work`. The address and the secret come from the environment of the
 * migration function.
 */
export async function withDatabaseOwner<T>(aws: Aws, work: (db: Db) => Promise<T>): Promise<T> {
  const env = await readMigrationEnvironment(aws);
  const { username: user, password } = await readOwnerSecret(aws);
  return withClient(
    { host: env.DB_HOST, port: Number(env.DB_PORT), database: env.DB_NAME, user, password, ssl: true },
    work,
  );
}

/** Returns the name and the password of the database's owner from the secret that RDS manages. */
export async function readOwnerSecret(aws: Aws): Promise<{ username: string; password: string }> {
  const { DB_SECRET_ARN: SecretId } = await readMigrationEnvironment(aws);
  const { SecretString = '{}' } = await aws.secrets.send(new GetSecretValueCommand({ SecretId }));
  return z.object({ username: z.string(), password: z.string() }).parse(JSON.parse(SecretString));
}

async function readMigrationEnvironment(aws: Aws) {
  const FunctionName = await findResource(aws, PROD.data, 'AWS::Lambda::Function', 'MigrationMigrate');
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  return migrateEnv.parse(Environment?.Variables);
}
