import { GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { DescribeRegionSettingsCommand } from '@aws-sdk/client-backup';
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm';
import type { Account } from './account.ts';
import { type Check, defineCheck } from './check.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { readWith } from './permission.ts';
import { API_REQUESTS, requestQuota } from './quota.ts';
import type { StageNeeds } from './stage-needs.ts';

/** Whether the stage's regions are set up. */
export const REGION_CHECKS: readonly Check[] = [
  defineCheck('CDK bootstrap', readBootstraps, judgeBootstraps),
  defineCheck('AWS Backup', readBackupOptIn, judgeBackupOptIn),
  defineCheck('API Gateway', readApiGateway, judgeApiGateway),
];

/** The bootstrap stack of a region. */
interface Bootstrap {
  /** `aws://<account>/<region>` */
  readonly target: string;
  /** Undefined if there is no such stack. */
  readonly version: number | undefined;
}

function readBootstraps(account: Account, { bootstrap, config }: StageNeeds): Promise<Bootstrap[]> {
  const regions = [account.region, ...(config.recovery ? [config.recovery.region] : [])];
  return Promise.all(
    regions.map(async (region) => ({
      target: `aws://${account.id}/${region}`,
      version: await readBootstrapVersion(account, region, bootstrap.parameter),
    })),
  );
}

async function readBootstrapVersion(account: Account, region: string, Name: string): Promise<number | undefined> {
  try {
    const response = account.ssm(region).send(new GetParameterCommand({ Name }));
    const { Parameter } = await readWith('ssm:GetParameter', response);
    return Number(Parameter?.Value);
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

function judgeBootstraps(bootstraps: readonly Bootstrap[], { bootstrap, config }: StageNeeds): Finding[] {
  return bootstraps.map(({ target, version }) => {
    const message = `${target}: ${version === undefined ? 'none' : `version ${version}`}`;
    if (version !== undefined && version >= bootstrap.version) return ok(message);
    return problem(`${message}, ${bootstrap.version} needed`, `npx cdk bootstrap ${target} -c stage=${config.stage}`);
  });
}

/** Whether AWS Backup backs up Aurora in the region. */
type OptIn = 'in' | 'out' | 'not decided' | 'not needed';

async function readBackupOptIn({ backup }: Account, { hasBackups }: StageNeeds): Promise<OptIn> {
  if (!hasBackups) return 'not needed';
  const { ResourceTypeOptInPreference } = await readWith(
    'backup:DescribeRegionSettings',
    backup.send(new DescribeRegionSettingsCommand({})),
  );
  const isIn = ResourceTypeOptInPreference?.Aurora;
  return isIn === undefined ? 'not decided' : isIn ? 'in' : 'out';
}

function judgeBackupOptIn(optIn: OptIn): Finding[] {
  if (optIn === 'not needed') return [];
  if (optIn === 'in') return [ok('backs up Aurora')];
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
  if (optIn === 'not decided') return [ok('not used yet: AWS opts into all services with the first vault')];
  return [
    warning(
      'backs up no Aurora cluster of this region yet; the job Backup Check enables it',
      "If a policy of the organization refuses backup:UpdateRegionSettings, ask the policy's owner to enable Aurora.",
    ),
  ];
}

/** Settings of API Gateway that all APIs of the region share. */
interface ApiGatewaySettings {
  /** The ARN of the role that writes the logs. */
  readonly logRole: string | undefined;
  readonly rate: number;
  readonly burst: number;
}

async function readApiGateway({ apiGateway }: Account): Promise<ApiGatewaySettings> {
  const { cloudwatchRoleArn, throttleSettings } = await readWith(
    'apigateway:GET',
    apiGateway.send(new GetAccountCommand({})),
  );
  return {
    logRole: cloudwatchRoleArn,
    rate: throttleSettings?.rateLimit ?? 0,
    burst: throttleSettings?.burstLimit ?? 0,
  };
}

function judgeApiGateway({ logRole, rate, burst }: ApiGatewaySettings, { config }: StageNeeds): Finding[] {
  const { stage, throttling } = config;
  const limits = `${rate} requests a second and ${burst} at once`;
  const limitFinding =
    rate < throttling.rate || burst < throttling.burst
      ? warning(
          `${limits}, less than throttling of the stage: ${throttling.rate} and ${throttling.burst}`,
          requestQuota(API_REQUESTS, throttling.rate),
        )
      : ok(limits);
  if (!logRole || logRole.includes(`:role/MedBook-${stage}-`)) return [limitFinding];
  return [
    limitFinding,
    warning(
      `all APIs of the region log with the role ${logRole}. The deployment sets the stage's own`,
      `After the stage is destroyed: aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=${logRole}`,
    ),
  ];
}
