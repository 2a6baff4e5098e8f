import path from 'node:path';
import type { LambdaFunction } from './lambda-function.ts';

/**
 * Returns the whole environment of an instance: the template's variables and those that Lambda sets; `overrides` take
 * precedence. It inherits nothing from this process, so a function that reads an undeclared variable fails as when deployed.
 */
export function createLambdaEnvironment(
  definition: LambdaFunction,
  region: string,
  overrides: Readonly<Record<string, string>>,
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
    ...overrides,
  };
}
