import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { getSizeSettings, type Size, type SizeSettings } from './sizes.ts';

/**
 * The number of availability zones of every stage. A change would renumber the subnets, and so replace the database's
 * proxy and the cache.
 */
export const ZONE_COUNT = 3;

const STAGES = ['dev', 'staging', 'prod'] as const;
/** The name of a stage. */
export type Stage = (typeof STAGES)[number];

/**
 * All settings that may differ between stages, with those of its size. No other code in the infrastructure branches on
 * the name of a stage or a size.
 */
export interface StageConfig extends SizeSettings {
  readonly stage: Stage;
  /** The AWS account ID. @default - the deployer's account; synthesis then needs no account */
  readonly account?: string;
  /** @default - the deployer's region */
  readonly region?: string;
  /**
   * The names of three availability zones of `region`, for the network, the database and the cache. A name stands for
   * another zone in each account, and not every zone has all services: `npm run preflight` says which to choose. They
   * cannot change later, because the database cannot leave its subnets. @default - the first three zones of the region,
   * as CloudFormation orders them at each deployment
   */
  readonly availabilityZones?: readonly string[];
  /** How far back the database can be restored to any second. */
  readonly backupRetention: Duration;
  /** Database snapshots in a vault that outlives the database. @default - none: the stage holds no real data */
  readonly snapshots?: Snapshots;
  /** A second region that receives a copy of each snapshot. @default - none */
  readonly recovery?: Recovery;
  /** Whether resources with data outlive their stack. */
  readonly keepData: boolean;
  /** Whether the stacks, the database and the user pools refuse to be deleted. */
  readonly deletionProtection: boolean;
  /** How long log events are kept. */
  readonly logRetention: RetentionDays;
  /** Web origins that may call the API from a browser. A single `*` allows every origin. */
  readonly corsOrigins: readonly string[];
  /**
   * The email address for alarms, which must confirm the subscription once. @default - none: alarms show only in the
   * console
   */
  readonly alarmEmail?: string;
  /** The HTTPS endpoint of a chat or pager that receives alarms as SNS messages. @default - none */
  readonly alarmUrl?: string;
  /** US dollars. The alarm topic is notified at 80 % of it, and when the forecast exceeds it. */
  readonly monthlyBudget: number;
  /** API Gateway's limits for the whole API, and for expensive routes. It responds with 429 above them. */
  readonly throttling: Throttling & { readonly expensive: Throttling };
  /** The exact number of requests allowed in 15 minutes, per IP address and per signed-in user. */
  readonly requestsPer15Minutes: number;
  /** The share of API requests that are traced, from 0 to 1. */
  readonly apiTraceRate: number;
  /** The number of booking attempts allowed per user and minute. */
  readonly bookingsPerMinute: number;
  /**
   * How often the free-slot index is synced with the database. The index is used until three intervals after the last
   * sync.
   */
  readonly indexSyncInterval: Duration;
  /** The API's domain name. @default - the one that API Gateway generates */
  readonly apiDomain?: ApiDomain;
  /** The sender of emails, through SES. Emails wait until its domain is verified. */
  readonly email: EmailConfig;
  /** US dollars for SMS per month. An alarm is raised at 80 %; the limit itself is a setting of the AWS account. */
  readonly smsMonthlyLimit: number;
  /** Whether doctors and admins must set up a second factor before they can sign in. */
  readonly mfaForStaff: boolean;
  /**
   * Whether Cognito rejects compromised passwords and blocks risky sign-ins of staff, with a web ACL in front of both user
   * pools.
   */
  readonly threatProtection: boolean;
  /** Whether functions get reserved concurrency. A new AWS account has a concurrency of 10 and cannot reserve any of it. */
  readonly reserveConcurrency: boolean;
  /**
   * Whether a new version of an API function gets the traffic in steps (`rollout` of the size), and is rolled back when
   * it fails.
   */
  readonly gradualDeployments: boolean;
  /**
   * Whether new versions get all traffic at once, even if they fail. Only for one deployment, from the context: see "A
   * deployment was rolled back" in docs/runbook.md. @default false
   */
  readonly ignoreRolloutAlarms?: boolean;
  /**
   * Whether functions can reach AWS over IPv6 in addition to endpoints: during a move between sizes, for the live versions
   * of the other size (docs/sizes.md). @default false
   */
  readonly keepIpv6Egress?: boolean;
  /**
   * The GitHub repository whose workflows may deploy this stage. @default - none: people deploy with their own
   * credentials
   */
  readonly delivery?: Delivery;
}

/** Deployment of a stage by GitHub workflows. */
export interface Delivery {
  /**
   * `owner/name` as in GitHub's tokens: case-sensitive, and with numeric IDs (`owner@1/name@2`) for newer repositories.
   */
  readonly repository: string;
  /**
   * Whether pull requests run `cdk diff` against this stage. Their code can then use the account's read-only lookup
   * role.
   */
  readonly diffPullRequests: boolean;
  /**
   * Whether to create the account's one OIDC provider for GitHub. False if it exists, for example from another stage.
   */
  readonly createOidcProvider: boolean;
}

/** Scheduled snapshots of the database. */
export interface Snapshots {
  /** Hours between snapshots: a divisor of 24. */
  readonly everyHours: number;
  /** How long a snapshot is kept. */
  readonly keep: Duration;
}

/** Copies of the snapshots in a second region. */
export interface Recovery {
  readonly region: string;
  /** How long a copy is kept. */
  readonly keep: Duration;
  /**
   * When the vault's lock becomes final, at least 3 days after creation. From then on not even AWS can delete the
   * vault, or a copy before it expires. @default - never: principals with permission can remove the lock
   */
  readonly lockFinalAfter?: Duration;
}

/** A token-bucket limit of API Gateway. */
export interface Throttling {
  /** Requests per second. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

/** A Route 53 hosted zone in the same account. */
export interface HostedZone {
  readonly id: string;
  readonly name: string;
}

/** The API's custom domain name and the hosted zone that contains it. */
export interface ApiDomain {
  readonly name: string;
  readonly zone: HostedZone;
}

/** The sender of all emails. */
export interface EmailConfig {
  readonly domain: string;
  /** An address in that domain. */
  readonly from: string;
  /**
   * Whether the user pool sends through it too; SES must have verified the domain. Otherwise Cognito sends at most 50
   * emails a day.
   */
  readonly useForUserPool: boolean;
  /**
   * The domain's Route 53 zone in the same account. @default - none: the stack outputs the DNS records to enter by hand
   */
  readonly hostedZoneId?: string;
}

/** The settings of a stage without those of its size. */
type StageSettings = Omit<StageConfig, keyof SizeSettings> & { readonly size: Size };

const STAGE_SETTINGS: Record<Stage, StageSettings> = {
  dev: {
    stage: 'dev',
    size: 'trial',
    backupRetention: Duration.days(7),
    keepData: false,
    deletionProtection: false,
    logRetention: RetentionDays.ONE_WEEK,
    corsOrigins: ['*'],
    monthlyBudget: 100,
    throttling: { rate: 50, burst: 100, expensive: { rate: 2, burst: 5 } },
    requestsPer15Minutes: 100,
    apiTraceRate: 1,
    bookingsPerMinute: 5,
    indexSyncInterval: Duration.hours(1),
    email: { domain: 'dev.medbook.example', from: 'no-reply@dev.medbook.example', useForUserPool: false },
    smsMonthlyLimit: 1,
    mfaForStaff: false,
    threatProtection: false,
    reserveConcurrency: false,
    gradualDeployments: false,
  },
  staging: {
    stage: 'staging',
    size: 'clinic',
    backupRetention: Duration.days(7),
    snapshots: { everyHours: 24, keep: Duration.days(7) },
    keepData: false,
    deletionProtection: false,
    logRetention: RetentionDays.ONE_MONTH,
    corsOrigins: ['https://staging.medbook.example'],
    alarmEmail: 'alarms@staging.medbook.example',
    monthlyBudget: 250,
    throttling: { rate: 200, burst: 400, expensive: { rate: 5, burst: 10 } },
    requestsPer15Minutes: 100,
    apiTraceRate: 0.05,
    bookingsPerMinute: 5,
    indexSyncInterval: Duration.minutes(15),
    email: { domain: 'staging.medbook.example', from: 'no-reply@staging.medbook.example', useForUserPool: true },
    smsMonthlyLimit: 20,
    mfaForStaff: true,
    threatProtection: true,
    reserveConcurrency: true,
    gradualDeployments: false,
  },
  prod: {
    stage: 'prod',
    size: 'network',
    region: 'us-east-1',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    backupRetention: Duration.days(35),
    snapshots: { everyHours: 6, keep: Duration.days(35) },
    recovery: { region: 'us-west-2', keep: Duration.days(90) },
    keepData: true,
    deletionProtection: true,
    logRetention: RetentionDays.ONE_YEAR,
    corsOrigins: ['https://medbook.example', 'https://clinic.medbook.example'],
    alarmEmail: 'alarms@medbook.example',
    monthlyBudget: 1_500,
    throttling: { rate: 1000, burst: 2000, expensive: { rate: 10, burst: 20 } },
    requestsPer15Minutes: 100,
    apiTraceRate: 0.01,
    bookingsPerMinute: 5,
    indexSyncInterval: Duration.minutes(5),
    email: { domain: 'medbook.example', from: 'no-reply@medbook.example', useForUserPool: true },
    smsMonthlyLimit: 500,
    mfaForStaff: true,
    threatProtection: true,
    reserveConcurrency: true,
    gradualDeployments: true,
  },
};

/**
 * Returns the configuration of a stage, `dev` by default, in its own size or in another one. Throws if there is no such
 * stage or size.
 */
export function getStageConfig(name: unknown = 'dev', size?: unknown): StageConfig {
  const stage = STAGES.find((candidate) => candidate === name);
  if (stage === undefined) {
    throw new Error(`There is no stage ${JSON.stringify(name)}. Choose one of ${STAGES.join(', ')}: -c stage=dev`);
  }
  const settings = STAGE_SETTINGS[stage];
  return { ...settings, ...getSizeSettings(size ?? settings.size) };
}

/** Returns the configurations of all stages, each in its own size. */
export function listStageConfigs(): StageConfig[] {
  return STAGES.map((stage) => getStageConfig(stage));
}

/**
 * Returns what happens to a resource with data or logs when its stack is deleted. A kept resource is nevertheless
 * deleted when the deployment that creates it is rolled back, because it is still empty.
 */
export function getRemovalPolicy({ keepData }: StageConfig): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
