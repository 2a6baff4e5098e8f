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
  /** Aurora capacity units (about 2 GiB each) of every database instance. */
  readonly databaseCapacity: { readonly min: number; readonly max: number };
  /** Database instances beside the writer. */
  readonly readers: number;
  readonly backupRetention: Duration;
  /** What holds data survives the deletion of its stack, and cannot be deleted by a slip. */
  readonly keepData: boolean;
  /** Data and Identity cannot be deleted before this is taken away. */
  readonly terminationProtection: boolean;
  readonly logRetention: RetentionDays;
  /** Web origins that may call the API from a browser; `*` alone means every one. */
  readonly corsOrigins: readonly string[];
}

const stages: Record<Stage, StageConfig> = {
  dev: {
    stage: 'dev',
    availabilityZones: 2,
    databaseCapacity: { min: 0.5, max: 2 },
    readers: 0,
    backupRetention: Duration.days(1),
    keepData: false,
    terminationProtection: false,
    logRetention: RetentionDays.ONE_WEEK,
    corsOrigins: ['*'],
  },
  staging: {
    stage: 'staging',
    availabilityZones: 2,
    databaseCapacity: { min: 0.5, max: 8 },
    readers: 1,
    backupRetention: Duration.days(7),
    keepData: false,
    terminationProtection: false,
    logRetention: RetentionDays.ONE_MONTH,
    corsOrigins: ['https://staging.medbook.example'],
  },
  prod: {
    stage: 'prod',
    availabilityZones: 3,
    databaseCapacity: { min: 1, max: 32 },
    readers: 2,
    backupRetention: Duration.days(35),
    keepData: true,
    terminationProtection: true,
    logRetention: RetentionDays.ONE_YEAR,
    corsOrigins: ['https://medbook.example', 'https://clinic.medbook.example'],
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

/** What becomes of a resource with data, or with the traces of it, when its stack goes. */
export function removalPolicyOf({ keepData }: StageConfig): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
