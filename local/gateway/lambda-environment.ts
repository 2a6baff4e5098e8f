import path from 'node:path';
import type { LambdaFunction } from './lambda-function.ts';

/**
 * The whole environment of an instance: the template's variables, what Lambda itself provides, then `extras`, which
 * win. Nothing of ours leaks in, so a function that reads an undeclared variable fails here as it would when deployed.
 */
export function lambdaEnvironment(
  definition: LambdaFunction,
  region: string,
  extras: Readonly<Record<string, string>>,
) {
  return {
    ...definition.environment,
    PATH: [path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: definition.folder,
    ...extras,
  };
}
