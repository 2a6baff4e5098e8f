import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

const STAGES = ['dev', 'staging', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

/** All that may differ between stages. Nothing else in the infrastructure asks for the stage's name to decide something. */
export interface StageConfig {
  readonly stage: Stage;
  /** @default - the account of whoever deploys; synthesis then needs no account */
  readonly account?: string;
  /** @default - the region of whoever deploys */
  readonly region?: string;
  /** Over how many zones the network and the database spread; two at least, Aurora insists. */
  readonly availabilityZones: number;
  /** In how many of them each service of AWS has an endpoint: one is cheapest, all is what survives the loss of a zone. */
  readonly endpointZones: number;
  /** Aurora capacity units (about 2 GiB each) of every database instance. */
  readonly databaseCapacity: { readonly min: number; readonly max: number };
  /** Database instances beside the writer; one at least, for the read-only endpoint and to take over. */
  readonly readers: number;
  /** How far back the database can be set to any second. */
  readonly backupRetention: Duration;
  /** Whole copies of the database in a vault, which outlive it. @default - none: what is lost with the stage is nobody's data */
  readonly snapshots?: Snapshots;
  /** A second region that gets a copy of every snapshot. @default - none */
  readonly recovery?: Recovery;
  /** Nodes of the cache, the first one included. From two on another one takes over by itself. */
  readonly cache: { readonly nodeType: string; readonly nodes: number };
  /** What holds data survives the deletion of its stack, and cannot be deleted by a slip. */
  readonly keepData: boolean;
  /** No stack can be deleted before this is taken away. */
  readonly terminationProtection: boolean;
  readonly logRetention: RetentionDays;
  /** Web origins that may call the API from a browser; `*` alone means every one. */
  readonly corsOrigins: readonly string[];
  /** Whom alarms write to; the address must confirm it once. @default - nobody: the alarms are seen in the console */
  readonly alarmEmail?: string;
  /** The HTTPS endpoint of a chat or a pager that alarms are sent to, as SNS messages. @default - none */
  readonly alarmUrl?: string;
  /** US dollars; e-mails come at 80 % of it, and when the forecast goes beyond it. */
  readonly monthlyBudget: number;
  /** Requests to the API in a second, and at once before that counts; beyond it API Gateway says 429. */
  readonly throttling: Throttling & { readonly expensive: Throttling };
  /** How many requests an address has in 15 minutes, and a user who is signed in. Exact, unlike the above. */
  readonly requestsPer15Minutes: number;
  /** How often a user may try to book in a minute. */
  readonly bookingsPerMinute: number;
  /** How often the index of free slots is compared with the database; it answers for as long as three times that. */
  readonly indexSync: Duration;
  /** The API's own name. @default - the one that API Gateway gives it */
  readonly apiDomain?: ApiDomain;
  /** Whose mail ours is, sent by SES. Until its domain is verified, e-mails wait. */
  readonly mail: MailSender;
  /** US dollars for text messages. An alarm comes at 80 %; the limit itself is a setting of the account. */
  readonly smsMonthlyLimit: number;
  /** Doctors and admins have their rights only after signing in with a second factor. */
  readonly mfaForStaff: boolean;
  /** Cognito weighs each sign-in, refuses stolen passwords and blocks what looks like a takeover, and a firewall stands before it. */
  readonly guardsSignIn: boolean;
  /** Jobs get concurrency of their own. A new account has 10 in all, of which none can be set aside. */
  readonly setsConcurrencyAside: boolean;
  /** A new version of what answers the API gets a tenth of the traffic first, the rest after five minutes without an alarm. */
  readonly shiftsTraffic: boolean;
  /** The repository whose workflows may deploy this stage. @default - none: people with credentials of their own deploy */
  readonly delivery?: Delivery;
}

export interface Delivery {
  /** `owner/name` as GitHub spells it in its tokens: capitals count, and newer repositories have their numbers in it. */
  readonly repository: string;
  /** Pull requests show what they would change in this stage; so their code may read what the account's read-only role may. */
  readonly comparesPullRequests: boolean;
  /** An account knows GitHub once. False where another stage in the same account, or somebody else, has made that known. */
  readonly makesProvider: boolean;
}

export interface Snapshots {
  /** A divisor of 24. */
  readonly everyHours: number;
  readonly keep: Duration;
}

export interface Recovery {
  readonly region: string;
  readonly keep: Duration;
  /**
   * When the lock of the vault becomes final, three days at least: from then on nobody, AWS included, can delete a copy before
   * its time, or the vault with its bill. @default - never: whoever has the right to may lift the lock
   */
  readonly lockFinalAfter?: Duration;
}

export interface Throttling {
  readonly rate: number;
  readonly burst: number;
}

/** A zone of Route 53 in the same account. */
export interface HostedZone {
  readonly id: string;
  readonly name: string;
}

export interface ApiDomain {
  readonly name: string;
  readonly zone: HostedZone;
}

export interface MailSender {
  readonly domain: string;
  /** An address in that domain. */
  readonly from: string;
  /** The user pool sends by it too: SES must have verified it before. Otherwise Cognito sends its own, 50 a day at most. */
  readonly ofUserPool: boolean;
  /** The domain's zone of Route 53 in the same account. @default - none: the records are outputs, for whoever keeps the domain's DNS */
  readonly hostedZoneId?: string;
}

const stages: Record<Stage, StageConfig> = {
  dev: {
    stage: 'dev',
    availabilityZones: 2,
    endpointZones: 1,
    databaseCapacity: { min: 0.5, max: 2 },
    readers: 1,
    backupRetention: Duration.days(7),
    cache: { nodeType: 'cache.t4g.micro', nodes: 1 },
    keepData: false,
    terminationProtection: false,
    logRetention: RetentionDays.ONE_WEEK,
    corsOrigins: ['*'],
    monthlyBudget: 400,
    throttling: { rate: 50, burst: 100, expensive: { rate: 2, burst: 5 } },
    requestsPer15Minutes: 100,
    bookingsPerMinute: 5,
    indexSync: Duration.hours(1),
    mail: { domain: 'dev.medbook.example', from: 'no-reply@dev.medbook.example', ofUserPool: false },
    smsMonthlyLimit: 1,
    mfaForStaff: false,
    guardsSignIn: false,
    setsConcurrencyAside: false,
    shiftsTraffic: false,
  },
  staging: {
    stage: 'staging',
    availabilityZones: 2,
    endpointZones: 2,
    databaseCapacity: { min: 0.5, max: 8 },
    readers: 1,
    backupRetention: Duration.days(7),
    snapshots: { everyHours: 24, keep: Duration.days(7) },
    cache: { nodeType: 'cache.t4g.small', nodes: 2 },
    keepData: false,
    terminationProtection: false,
    logRetention: RetentionDays.ONE_MONTH,
    corsOrigins: ['https://staging.medbook.example'],
    alarmEmail: 'alarms@staging.medbook.example',
    monthlyBudget: 600,
    throttling: { rate: 200, burst: 400, expensive: { rate: 5, burst: 10 } },
    requestsPer15Minutes: 100,
    bookingsPerMinute: 5,
    indexSync: Duration.minutes(15),
    mail: { domain: 'staging.medbook.example', from: 'no-reply@staging.medbook.example', ofUserPool: true },
    smsMonthlyLimit: 20,
    mfaForStaff: true,
    guardsSignIn: true,
    setsConcurrencyAside: true,
    shiftsTraffic: false,
  },
  prod: {
    stage: 'prod',
    availabilityZones: 3,
    endpointZones: 3,
    databaseCapacity: { min: 1, max: 32 },
    readers: 2,
    backupRetention: Duration.days(35),
    snapshots: { everyHours: 6, keep: Duration.days(35) },
    recovery: { region: 'us-west-2', keep: Duration.days(90) },
    cache: { nodeType: 'cache.m7g.large', nodes: 3 },
    keepData: true,
    terminationProtection: true,
    logRetention: RetentionDays.ONE_YEAR,
    corsOrigins: ['https://medbook.example', 'https://clinic.medbook.example'],
    alarmEmail: 'alarms@medbook.example',
    monthlyBudget: 2_500,
    throttling: { rate: 1000, burst: 2000, expensive: { rate: 10, burst: 20 } },
    requestsPer15Minutes: 100,
    bookingsPerMinute: 5,
    indexSync: Duration.minutes(5),
    mail: { domain: 'medbook.example', from: 'no-reply@medbook.example', ofUserPool: true },
    smsMonthlyLimit: 500,
    mfaForStaff: true,
    guardsSignIn: true,
    setsConcurrencyAside: true,
    shiftsTraffic: true,
  },
};

/** The configuration of a stage; without a name that of `dev`. Throws on a name that is no stage. */
export function stageConfig(name: unknown = 'dev'): StageConfig {
  const stage = STAGES.find((known) => known === name);
  if (stage === undefined) {
    throw new Error(`There is no stage ${JSON.stringify(name)}. Choose one of ${STAGES.join(', ')}: -c stage=dev`);
  }
  return stages[stage];
}

/** Every stage there is: what one of them takes, another cannot have. */
export function allStages(): StageConfig[] {
  return Object.values(stages);
}

/** What becomes of a resource with data, or with the traces of it, when its stack goes. */
export function removalPolicyOf({ keepData }: StageConfig): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
