import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/** The clients of the services that the checks ask, all at the endpoint that the environment names. */
export function connectAws() {
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
export type Aws = ReturnType<typeof connectAws>;

/**
 * Points everything that reads the environment, this process's SDK clients and the programs that it starts, at an
 * emulator of AWS.
 * `caPath` is a file with the authority that signed its certificate.
 */
export function useEmulator({ url, region, caPath }: { url: string; region: string; caPath: string }): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    ...ROOT_CREDENTIALS,
    // The two names by which Node and `cdk` know the same.
    NODE_EXTRA_CA_CERTS: caPath,
    AWS_CA_BUNDLE: caPath,
  });
  completeEnvironment();
}

/** What a given endpoint may leave out, and what must not come from the configuration of whoever runs this. */
export function completeEnvironment(): void {
  process.env.AWS_ENDPOINT_URL_S3 ??= process.env.AWS_ENDPOINT_URL;
  process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  // By this name only the AWS CLI knows it.
  process.env.AWS_DEFAULT_REGION ??= process.env.AWS_REGION;
  if (!process.env.AWS_ACCESS_KEY_ID) Object.assign(process.env, ROOT_CREDENTIALS);
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name];
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
}

/** The root of the emulator's only account. */
export const ROOT_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
