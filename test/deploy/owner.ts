import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { migrateEnv } from '../../lambdas/entry/migrate.contract.ts';
import { withClient } from '../../lambdas/shared/db.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import type { Aws } from './aws.ts';
import { resourceOf } from './stack.ts';
import { PROD } from './trial.ts';

/** Connects to prod's database as its migrations do: where their function says, with the secret that it names. */
export async function asDeployedOwner<T>(aws: Aws, work: (db: Db) => Promise<T>): Promise<T> {
  const env = await environmentOfMigrations(aws);
  const { username: user, password } = await ownerSecret(aws);
  return withClient(
    { host: env.DB_HOST, port: Number(env.DB_PORT), database: env.DB_NAME, user, password, ssl: true },
    work,
  );
}

/** The name and the password of the database's owner, from the secret that RDS manages. */
export async function ownerSecret(aws: Aws): Promise<{ username: string; password: string }> {
  const { DB_SECRET_ARN: SecretId } = await environmentOfMigrations(aws);
  const { SecretString = '{}' } = await aws.secrets.send(new GetSecretValueCommand({ SecretId }));
  return z.object({ username: z.string(), password: z.string() }).parse(JSON.parse(SecretString));
}

async function environmentOfMigrations(aws: Aws) {
  const FunctionName = await resourceOf(aws, PROD.data, 'AWS::Lambda::Function', 'MigrationMigrate');
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  return migrateEnv.parse(Environment?.Variables);
}
