import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { BackupClient } from '@aws-sdk/client-backup';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StageConfig } from '../../lib/config/stages.ts';
import { describeError } from './permission.ts';
import { readStageZones, type StageZones } from './stage-zones.ts';

/** The account and region that the caller's credentials reach, with a client for each service that is checked. */
export interface Account {
  readonly id: string;
  readonly region: string;
  readonly apiGateway: APIGatewayClient;
  readonly backup: BackupClient;
  readonly ec2: EC2Client;
  readonly lambda: LambdaClient;
  readonly quotas: ServiceQuotasClient;
  readonly rds: RDSClient;
  readonly ses: SESv2Client;
  readonly sns: SNSClient;
  /** Returns a client of a region: the recovery region is bootstrapped too. */
  ssm(region: string): SSMClient;
  /** Returns the zones of the region and those of the stage. AWS is called once. */
  zones(): Promise<StageZones>;
}

/**
 * Connects with the caller's credentials to the stage's region, or else to the caller's default region.
 * @throws with what to do, if there are no valid credentials or no region
 */
export async function connectToAccount(config: StageConfig): Promise<Account> {
  const options = { region: config.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION };
  const sts = new STSClient(options);
  const region = await sts.config.region().catch((cause: unknown) => {
    throw new Error(
      `There is no region. Set AWS_REGION, or write region into stage ${config.stage} of lib/config/stages.ts.`,
      { cause },
    );
  });
  const { Account: id = '' } = await sts.send(new GetCallerIdentityCommand()).catch((cause: unknown) => {
    throw new Error(
      `AWS cannot be called with your credentials: ${describeError(cause)}\nSign in with "aws sso login" or "aws configure", or set AWS_PROFILE.`,
      { cause },
    );
  });
  const ec2 = new EC2Client({ region });
  let zones: Promise<StageZones> | undefined;
  return {
    id,
    region,
    apiGateway: new APIGatewayClient({ region }),
    backup: new BackupClient({ region }),
    ec2,
    lambda: new LambdaClient({ region }),
    quotas: new ServiceQuotasClient({ region }),
    rds: new RDSClient({ region }),
    ses: new SESv2Client({ region }),
    sns: new SNSClient({ region }),
    ssm: (ofRegion) => new SSMClient({ region: ofRegion }),
    zones: () => (zones ??= readStageZones(ec2, config)),
  };
}
