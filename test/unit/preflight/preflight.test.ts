import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetAccountCommand as GetApiAccountCommand } from '@aws-sdk/client-api-gateway';
import { DescribeRegionSettingsCommand } from '@aws-sdk/client-backup';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { DescribeDBEngineVersionsCommand, DescribeOrderableDBInstanceOptionsCommand } from '@aws-sdk/client-rds';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
} from '@aws-sdk/client-service-quotas';
import { GetAccountCommand, GetEmailIdentityCommand, NotFoundException } from '@aws-sdk/client-sesv2';
import { GetSMSAttributesCommand, GetSMSSandboxAccountStatusCommand } from '@aws-sdk/client-sns';
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectToAccount } from '../../../bin/preflight/account.ts';
import { runChecks } from '../../../bin/preflight/run-checks.ts';
import type { StageNeeds } from '../../../bin/preflight/stage-needs.ts';
import { getStageConfig } from '../../../lib/config/stages.ts';
import { PREFLIGHT_ACCOUNT_ACTIONS } from '../../../lib/constructs/delivery/preflight-actions.ts';
import { type AccountMocks, mockAccount } from './mock-account.ts';

const metadata = { $metadata: {}, message: 'It does not exist.' };
const config = getStageConfig('prod');
const NEEDS: StageNeeds = {
  config,
  hasProxy: true,
  endpoints: [
    { service: 'sqs', zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] },
    { service: 'email', zones: [0] },
  ],
  database: {
    engine: 'aurora-postgresql',
    version: '17.9',
    instanceClass: 'db.serverless',
    capacity: { min: 0, max: 8 },
  },
  reservedConcurrency: 800,
  elasticIps: 1,
  hasBackups: true,
  bootstrap: { parameter: '/cdk-bootstrap/hnb659fds/version', version: 6 },
};

let mocks: AccountMocks;
beforeEach(() => {
  mocks = mockAccount();
});

/** Runs all checks. Returns the findings, and what was written. */
async function run(needs: StageNeeds = NEEDS) {
  const lines: string[] = [];
  const findings = await runChecks(await connectToAccount(needs.config), needs, (line) => lines.push(line));
  return { findings, text: lines.join('\n'), notOk: findings.filter(({ level }) => level !== 'ok') };
}

test('an account with all that the stage needs has no warning and no problem', async () => {
  const { notOk, text } = await run();
  expect(notOk).toEqual([]);
  expect(text).toContain('ok       Account         111111111111 in us-east-1');
  expect(text).toContain(
    'ok       RDS Proxy       us-east-1a (use1-az1), us-east-1b (use1-az2), us-east-1c (use1-az4)',
  );
  expect(text).toContain('ok       Endpoints       email: us-east-1a (use1-az1)');
});

test('what a stage does not need is not checked', async () => {
  const { text } = await run({ ...NEEDS, hasProxy: false, endpoints: [], elasticIps: 0, hasBackups: false });
  expect(text).not.toMatch(/RDS Proxy|Endpoint|Elastic IPs|AWS Backup/);
});

describe('zones', () => {
  const zonesWith = (names: string[]) => ({ ...NEEDS, config: { ...config, availabilityZones: names } });

  test('RDS Proxy is not in use1-az3, and the zones that can be chosen are named', async () => {
    const { notOk, text } = await run(zonesWith(['us-east-1a', 'us-east-1b', 'us-east-1d']));
    expect(text).toContain('problem  RDS Proxy       not in us-east-1d (use1-az3)');
    expect(notOk.at(-1)).toEqual({
      level: 'problem',
      message: 'these have all that was checked: us-east-1a, us-east-1b, us-east-1c',
      remedy:
        "In lib/config/stages.ts: region: 'us-east-1', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c']",
    });
  });

  test('a zone that does not exist in the account is a problem', async () => {
    const { text } = await run(zonesWith(['us-east-1a', 'us-east-1b', 'us-east-1f']));
    expect(text).toContain('problem  Zones           not in us-east-1f (no such zone)');
  });

  test('a service that is missing in a zone, or in the region, is a problem', async () => {
    mocks.ec2.on(DescribeVpcEndpointServicesCommand).resolves({
      ServiceDetails: [{ ServiceName: 'com.amazonaws.us-east-1.sqs', AvailabilityZones: ['us-east-1a', 'us-east-1b'] }],
    });
    const { text } = await run();
    expect(text).toContain('problem  Endpoints       sqs: not in us-east-1c (use1-az4)');
    expect(text).toContain('problem  Endpoints       email: not offered in this region');
    expect(text).toContain('only 2 zones of us-east-1 have all that was checked');
  });

  test('an endpoint is checked only in the zones that it has', async () => {
    mocks.ec2.on(DescribeVpcEndpointServicesCommand).resolves({
      ServiceDetails: [{ ServiceName: 'com.amazonaws.us-east-1.sqs', AvailabilityZones: ['us-east-1b'] }],
    });
    const { notOk } = await run({ ...NEEDS, endpoints: [{ service: 'sqs', zones: [1] }] });
    expect(notOk).toEqual([]);
  });

  test.each([
    ['those with a default subnet', ['us-east-1d', 'us-east-1b'], 'us-east-1b (use1-az2), us-east-1d (use1-az3)'],
    ['all, if none has one', [], 'us-east-1a (use1-az1), us-east-1b (use1-az2), us-east-1c (use1-az4)'],
  ])('a stage without names has the first zones of Fn::GetAZs: %s', async (_, withSubnet, zones) => {
    mocks.ec2
      .on(DescribeSubnetsCommand)
      .resolves({ Subnets: withSubnet.map((AvailabilityZone) => ({ AvailabilityZone })) });
    const { text } = await run({ ...NEEDS, config: { ...config, availabilityZones: undefined } });
    expect(text).toContain(`Zones           ${zones}\n`);
  });
});

describe.each<[string, () => unknown, string]>([
  [
    'a database version that the region does not have',
    () => mocks.rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [] }),
    'problem  Aurora version  aurora-postgresql 17.9 is not offered in this region',
  ],
  [
    'a deprecated database version',
    () => mocks.rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [{ Status: 'deprecated' }] }),
    'problem  Aurora version  aurora-postgresql 17.9 is deprecated',
  ],
  [
    'a database version without Serverless v2',
    () => mocks.rds.on(DescribeDBEngineVersionsCommand).resolves({ DBEngineVersions: [{ Status: 'available' }] }),
    'problem  Aurora version  aurora-postgresql 17.9 has no Serverless v2',
  ],
  [
    'a database version that cannot pause',
    () =>
      mocks.rds.on(DescribeDBEngineVersionsCommand).resolves({
        DBEngineVersions: [
          { Status: 'available', ServerlessV2FeaturesSupport: { MinCapacity: 0.5, MaxCapacity: 128 } },
        ],
      }),
    'problem  Aurora version  aurora-postgresql 17.9 allows 0.5 to 128 capacity units, but stage prod has 0 to 8',
  ],
  [
    'instances that cannot be created in a zone',
    () =>
      mocks.rds.on(DescribeOrderableDBInstanceOptionsCommand).resolves({
        OrderableDBInstanceOptions: [{ AvailabilityZones: [{ Name: 'us-east-1a' }, { Name: 'us-east-1b' }] }],
      }),
    'problem  Aurora zones    not in us-east-1c (use1-az4)',
  ],
  [
    'a new account, with 10 concurrent executions',
    () => mockConcurrency(10, 10),
    'problem  Concurrency     10 executions at a time, of which the stage reserves 800; 100 must stay unreserved\n                         → aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000',
  ],
  [
    'concurrency that others have reserved',
    () => mockConcurrency(1_000, 500),
    'warning  Concurrency     1000 executions at a time, of which the stage reserves 800; only 500 are unreserved',
  ],
  [
    'as many networks as the account may have',
    () => mocks.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: Array(5).fill({}) }),
    'problem  Networks        5 VPCs in the region: 5 used by others, 1 needed\n                         → aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-F678F1CE --desired-value 6',
  ],
  [
    'more Elastic IPs than the account may have',
    () => mocks.ec2.on(DescribeAddressesCommand).resolves({ Addresses: Array(5).fill({}) }),
    'problem  Elastic IPs     5 Elastic IPs in the region: 5 used by others, 1 needed',
  ],
  [
    'the sandbox of SES',
    () => mocks.ses.on(GetAccountCommand).resolves({ ProductionAccessEnabled: false, SendingEnabled: true }),
    'warning  SES             in the sandbox',
  ],
  [
    'emails that AWS has stopped',
    () => mocks.ses.on(GetAccountCommand).resolves({ ProductionAccessEnabled: true, EnforcementStatus: 'SHUTDOWN' }),
    'problem  SES             AWS has stopped all sending',
  ],
  [
    'an email domain that is not registered',
    () => mocks.ses.on(GetEmailIdentityCommand).rejects(new NotFoundException(metadata)),
    'problem  Email domain    medbook.example is not verified in SES, so Cognito refuses it\n                         → npx cdk deploy MedBook-prod-Data -c stage=prod',
  ],
  [
    'the sandbox of SMS',
    () => mocks.sns.on(GetSMSSandboxAccountStatusCommand).resolves({ IsInSandbox: true }),
    'warning  SMS sandbox     in the sandbox',
  ],
  [
    'the default limit of SMS',
    () => mocks.sns.on(GetSMSAttributesCommand).resolves({ attributes: {} }),
    'warning  SMS spending    1 US dollars a month, 500 needed',
  ],
  [
    'a region without bootstrap',
    () => mocks.ssm.on(GetParameterCommand).rejects(new ParameterNotFound(metadata)),
    'problem  CDK bootstrap   aws://111111111111/us-west-2: none, 6 needed\n                         → npx cdk bootstrap aws://111111111111/us-west-2 -c stage=prod',
  ],
  [
    'an old bootstrap',
    () => mocks.ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '5' } }),
    'problem  CDK bootstrap   aws://111111111111/us-east-1: version 5, 6 needed',
  ],
  [
    'AWS Backup without Aurora',
    () => mocks.backup.on(DescribeRegionSettingsCommand).resolves({ ResourceTypeOptInPreference: { Aurora: false } }),
    'warning  AWS Backup      backs up no Aurora cluster of this region',
  ],
  [
    'limits of API Gateway below those of the stage',
    () => mockApiGateway({ throttleSettings: { rateLimit: 500, burstLimit: 250 } }),
    'warning  API Gateway     500 requests a second and 250 at once, less than throttling of the stage: 1000 and 2000',
  ],
  [
    'a log role of another stage',
    () => mockApiGateway({ cloudwatchRoleArn: 'arn:aws:iam::111111111111:role/MedBook-dev-Service-ApiRole' }),
    'warning  API Gateway     all APIs of the region log with the role arn:aws:iam::111111111111:role/MedBook-dev-Service-ApiRole',
  ],
  [
    'credentials of another account',
    () => mocks.sts.on(GetCallerIdentityCommand).resolves({ Account: '222222222222' }),
    'problem  Account         your credentials are of 222222222222, but stage prod is in 111111111111',
  ],
])('%s', (_, change, expected) => {
  test('is found', async () => {
    change();
    const { text } = await run({ ...NEEDS, config: { ...config, account: '111111111111' } });
    expect(text).toContain(expected);
  });
});

function mockConcurrency(ConcurrentExecutions: number, UnreservedConcurrentExecutions: number) {
  mocks.lambda
    .on(GetAccountSettingsCommand)
    .resolves({ AccountLimit: { ConcurrentExecutions, UnreservedConcurrentExecutions } });
}

function mockApiGateway(answer: object) {
  mocks.apiGateway
    .on(GetApiAccountCommand)
    .resolves({ throttleSettings: { rateLimit: 10_000, burstLimit: 5_000 }, ...answer });
}

test('a stage that reserves nothing can be deployed to a new account', async () => {
  mockConcurrency(10, 10);
  const { notOk } = await run({ ...NEEDS, reservedConcurrency: 0 });
  expect(notOk).toMatchObject([{ level: 'warning', message: expect.stringContaining('requests beyond them fail') }]);
});

test('what the deployed stage has is not counted twice', async () => {
  mockConcurrency(1_000, 1_000 - NEEDS.reservedConcurrency);
  const own = {
    Tags: [
      { Key: 'Project', Value: 'MedBook' },
      { Key: 'Stage', Value: 'prod' },
    ],
  };
  mocks.ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{}, {}, {}, {}, own] });
  expect((await run()).notOk).toEqual([]);
});

test('an unverified domain is a warning if Cognito does not send with it', async () => {
  mocks.ses.on(GetEmailIdentityCommand).resolves({ VerifiedForSendingStatus: false });
  const { notOk } = await run({ ...NEEDS, config: { ...config, email: { ...config.email, useForUserPool: false } } });
  expect(notOk).toMatchObject([{ level: 'warning', message: 'medbook.example is not verified in SES: emails wait' }]);
});

test('the default of AWS counts where the account has no quota of its own', async () => {
  mocks.quotas.on(GetServiceQuotaCommand).rejects(new NoSuchResourceException(metadata));
  mocks.quotas.on(GetAWSDefaultServiceQuotaCommand).resolves({ Quota: { Value: 0 } });
  expect((await run()).text).toContain('problem  Networks        0 VPCs in the region');
});

test('a missing permission is named, and the other checks go on', async () => {
  const refusal = Object.assign(new Error('You are not authorized.'), { name: 'UnauthorizedOperation' });
  mocks.ec2.on(DescribeAvailabilityZonesCommand).rejects(refusal);
  mocks.quotas.on(GetServiceQuotaCommand).rejects(Object.assign(new Error('No.'), { name: 'AccessDeniedException' }));
  const { text, notOk } = await run();
  expect(text).toContain(
    'warning  Zones           not checked: The action ec2:DescribeAvailabilityZones is not allowed',
  );
  expect(text).toContain(
    'warning  Networks        not checked: The action servicequotas:GetServiceQuota is not allowed',
  );
  expect(text).toContain('ok       CDK bootstrap   aws://111111111111/us-east-1: version 28');
  expect(notOk.map(({ level }) => level)).not.toContain('problem');
});

test('every action that the role of GitHub workflows has for this is used', () => {
  const folder = join(import.meta.dirname, '../../../bin/preflight');
  const source = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join();
  expect(PREFLIGHT_ACCOUNT_ACTIONS.filter((action) => !source.includes(`'${action}'`))).toEqual([]);
});

test('an error of AWS is a warning with its message', async () => {
  mocks.sns.on(GetSMSAttributesCommand).rejects(new Error('Try again later.'));
  expect((await run()).notOk).toMatchObject([{ level: 'warning', message: 'not checked: Try again later.' }]);
});

test('without credentials or a region a sentence says what to do', async () => {
  mocks.sts.on(GetCallerIdentityCommand).rejects(new Error('Could not load credentials from any providers'));
  await expect(connectToAccount(config)).rejects.toThrow(
    /AWS cannot be called with your credentials: Could not load.*\n.*AWS_PROFILE/,
  );
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  await expect(connectToAccount({ ...config, region: undefined })).rejects.toThrow(
    'There is no region. Set AWS_REGION',
  );
});
