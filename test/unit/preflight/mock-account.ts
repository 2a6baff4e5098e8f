import { APIGatewayClient, GetAccountCommand as GetApiAccountCommand } from '@aws-sdk/client-api-gateway';
import { BackupClient, DescribeRegionSettingsCommand } from '@aws-sdk/client-backup';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeDBEngineVersionsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetAccountCommand, GetEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { GetSMSAttributesCommand, GetSMSSandboxAccountStatusCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';

const LETTERS = ['a', 'b', 'c', 'd'];
const ZONES = LETTERS.map((letter) => `us-east-1${letter}`);

/** Mocks an AWS account to which a stage can be deployed. Its `us-east-1d` is `use1-az3`, which has no RDS Proxy. */
export function mockAccount() {
  const mocks = {
    apiGateway: mockClient(APIGatewayClient),
    backup: mockClient(BackupClient),
    ec2: mockClient(EC2Client),
    lambda: mockClient(LambdaClient),
    quotas: mockClient(ServiceQuotasClient),
    rds: mockClient(RDSClient),
    ses: mockClient(SESv2Client),
    sns: mockClient(SNSClient),
    ssm: mockClient(SSMClient),
    sts: mockClient(STSClient),
  };
  mocks.sts.on(GetCallerIdentityCommand).resolves({ Account: '111111111111' });
  mocks.ec2.on(DescribeAvailabilityZonesCommand).resolves({
    AvailabilityZones: ['az1', 'az2', 'az4', 'az3'].map((id, i) => ({
      ZoneName: ZONES[i],
      ZoneId: `use1-${id}`,
      State: 'available' as const,
    })),
  });
  mocks.ec2.on(DescribeSubnetsCommand).resolves({ Subnets: ZONES.map((AvailabilityZone) => ({ AvailabilityZone })) });
  mocks.ec2.on(DescribeVpcEndpointServicesCommand).resolves({
    ServiceDetails: ['sqs', 'email'].map((service) => ({
      ServiceName: `com.amazonaws.us-east-1.${service}`,
      AvailabilityZones: ZONES,
    })),
  });
  mocks.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{}] });
  mocks.ec2.on(DescribeAddressesCommand).resolves({ Addresses: [] });
  mocks.rds.on(DescribeDBEngineVersionsCommand).resolves({
    DBEngineVersions: [{ Status: 'available', ServerlessV2FeaturesSupport: { MinCapacity: 0, MaxCapacity: 256 } }],
  });
  mocks.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves({
    OrderableDBInstanceOptions: [{ AvailabilityZones: ZONES.map((Name) => ({ Name })) }],
  });
  mocks.lambda.on(GetAccountSettingsCommand).resolves({
    AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 },
  });
  mocks.quotas.on(GetServiceQuotaCommand).resolves({ Quota: { Value: 5 } });
  mocks.ses.on(GetAccountCommand).resolves({ ProductionAccessEnabled: true, SendingEnabled: true });
  mocks.ses.on(GetEmailIdentityCommand).resolves({ VerifiedForSendingStatus: true });
  mocks.sns.on(GetSMSSandboxAccountStatusCommand).resolves({ IsInSandbox: false });
  mocks.sns.on(GetSMSAttributesCommand).resolves({ attributes: { MonthlySpendLimit: '1000' } });
  mocks.ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '28' } });
  mocks.backup.on(DescribeRegionSettingsCommand).resolves({ ResourceTypeOptInPreference: { Aurora: true } });
  mocks.apiGateway.on(GetApiAccountCommand).resolves({ throttleSettings: { rateLimit: 10_000, burstLimit: 5_000 } });
  return mocks;
}
export type AccountMocks = ReturnType<typeof mockAccount>;
