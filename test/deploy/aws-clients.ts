import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/** Creates the clients of the AWS services that the checks call, all with the endpoint from the environment. */
export function createAwsClients() {
  const clients = {
    cloudFormation: new CloudFormationClient(),
    cognito: new CognitoIdentityProviderClient(),
    lambda: new LambdaClient(),
    logs: new CloudWatchLogsClient(),
    scheduler: new SchedulerClient(),
    secrets: new SecretsManagerClient(),
    sqs: new SQSClient(),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
export type Aws = ReturnType<typeof createAwsClients>;

/**
 * Sets the environment so that the SDK clients of this process and the programs that it starts use an emulator of AWS.
 * `caPath` is a file with the CA of the emulator's certificate.
 */
export function useEmulator({ url, region, caPath }: { url: string; region: string; caPath: string }): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    ...ROOT_CREDENTIALS,
    // Node reads the first variable, `cdk` the second.
    NODE_EXTRA_CA_CERTS: caPath,
    AWS_CA_BUNDLE: caPath,
  });
  completeEnvironment();
}

/**
 * Adds the variables that may be missing beside a given endpoint, and removes those that would select the user's own AWS
 * account.
 */
export function completeEnvironment(): void {
  process.env.AWS_ENDPOINT_URL_S3 ??= process.env.AWS_ENDPOINT_URL;
  process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  // The AWS CLI reads only this variable.
  process.env.AWS_DEFAULT_REGION ??= process.env.AWS_REGION;
  if (!process.env.AWS_ACCESS_KEY_ID) Object.assign(process.env, ROOT_CREDENTIALS);
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name];
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
}

/** The credentials of the root user of the emulator's only account. */
export const ROOT_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
