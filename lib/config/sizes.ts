const SIZES = ['trial', 'clinic', 'network'] as const;
/** The name of a size. */
export type Size = (typeof SIZES)[number];

/**
 * The settings that follow from a stage's size: what it costs at rest, what it survives and how much it can serve
 * (docs/sizes.md). Moving up is an ordinary deployment; moving down takes two.
 */
export interface SizeSettings {
  readonly size: Size;
  /**
   * Limits of each database instance in Aurora capacity units (about 2 GiB of memory each). With a minimum of 0, the
   * database pauses when no function has been connected for 5 minutes, and needs some 15 seconds to start again.
   */
  readonly databaseCapacity: { readonly min: number; readonly max: number };
  /** The number of database instances besides the writer. They are used only for failover. */
  readonly readers: number;
  /** Whether RDS Proxy shares the database's connections among the functions. It keeps the database from pausing. */
  readonly databaseProxy: boolean;
  /** Whether each database instance has Performance Insights and Enhanced Monitoring, which keep it above 0.5 units. */
  readonly databaseInsights: boolean;
  /**
   * The most concurrent executions of each function, where the stage reserves concurrency. Each has one connection, so
   * without a proxy their sum must stay below the database's limit.
   */
  readonly concurrency: Concurrency;
  /**
   * The cache's nodes, including the primary. At least 2 in every size: CloudFormation cannot add a second one and turn on failover
   * in one deployment.
   */
  readonly cache: { readonly nodeType: string; readonly nodes: number };
  /**
   * The number of zones with VPC endpoints for AWS services. 0: functions reach AWS over IPv6 instead, and could reach
   * other addresses too (docs/adr/0021-way-out-of-the-network.md).
   */
  readonly endpointZones: number;
  /** Whether a web ACL protects the API. */
  readonly webAcl: boolean;
  /** Which alarms exist: those that need action at once, or all. */
  readonly alarms: 'page' | 'all';
  /** Whether jobs run once an hour, all at the same time, so that the database can pause in between. */
  readonly hourlyJobs: boolean;
  /** How new versions get traffic, where the stage deploys gradually. It depends on how much traffic there is. */
  readonly rollout: RolloutSettings;
}

/** The steps of a gradual deployment, and when it is rolled back (docs/adr/0024-gradual-deployments.md). */
export interface RolloutSettings {
  /** A new version gets 10 % of the traffic, and 10 % more after each step: nine steps until it has all. */
  readonly stepMinutes: 1 | 2 | 3 | 10;
  /** It is rolled back after this many minutes with at least one failure. */
  readonly failedMinutes: number;
}

/** The most concurrent executions of the functions that connect to the database. */
export interface Concurrency {
  readonly availabilityApi: number;
  readonly patientApi: number;
  readonly staffApi: number;
  /** Of each trigger of the user pools, so that sign-ups work while the API is busy. */
  readonly identityTrigger: number;
  readonly notifier: number;
  readonly emailEvents: number;
  readonly createAdmin: number;
}

const SIZE_SETTINGS: Readonly<Record<Size, Omit<SizeSettings, 'size'>>> = {
  trial: {
    databaseCapacity: { min: 0, max: 1 },
    readers: 0,
    databaseProxy: false,
    databaseInsights: false,
    concurrency: {
      availabilityApi: 30,
      patientApi: 20,
      staffApi: 10,
      identityTrigger: 10,
      notifier: 5,
      emailEvents: 5,
      createAdmin: 2,
    },
    cache: { nodeType: 'cache.t4g.micro', nodes: 2 },
    endpointZones: 0,
    webAcl: false,
    alarms: 'page',
    hourlyJobs: true,
    rollout: { stepMinutes: 1, failedMinutes: 1 },
  },
  clinic: {
    databaseCapacity: { min: 0.5, max: 4 },
    readers: 1,
    databaseProxy: false,
    databaseInsights: false,
    concurrency: {
      availabilityApi: 130,
      patientApi: 100,
      staffApi: 70,
      identityTrigger: 30,
      notifier: 10,
      emailEvents: 10,
      createAdmin: 2,
    },
    cache: { nodeType: 'cache.t4g.micro', nodes: 2 },
    endpointZones: 0,
    webAcl: true,
    alarms: 'page',
    hourlyJobs: false,
    rollout: { stepMinutes: 10, failedMinutes: 1 },
  },
  network: {
    databaseCapacity: { min: 1, max: 32 },
    readers: 1,
    databaseProxy: true,
    databaseInsights: true,
    concurrency: {
      availabilityApi: 300,
      patientApi: 300,
      staffApi: 150,
      identityTrigger: 50,
      notifier: 10,
      emailEvents: 10,
      createAdmin: 2,
    },
    cache: { nodeType: 'cache.m7g.large', nodes: 2 },
    endpointZones: 3,
    webAcl: true,
    alarms: 'all',
    hourlyJobs: false,
    rollout: { stepMinutes: 3, failedMinutes: 2 },
  },
};

/** Returns the settings of a size. Throws if there is no such size. */
export function getSizeSettings(name: unknown): SizeSettings {
  const size = SIZES.find((candidate) => candidate === name);
  if (size === undefined)
    throw new Error(`There is no size ${JSON.stringify(name)}. Choose one of ${SIZES.join(', ')}: -c size=clinic`);
  return { size, ...SIZE_SETTINGS[size] };
}

/** Returns the names of all sizes, the smallest first. */
export const listSizes = (): readonly Size[] => SIZES;

/**
 * Returns Aurora's default `max_connections` for the capacity, fitted to AWS's table: 189 for 1 unit, 823 for 4, 1,669
 * for 8, 3,360 for 16. It follows the maximum, and applies to an instance from its next restart.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
 */
export function getMaxConnections({ min, max }: SizeSettings['databaseCapacity']): number {
  return Math.min(Math.floor(211.4 * max) - 22, min <= 0.5 ? 2_000 : 5_000);
}
