import { Fn, RemovalPolicies, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSubnet, CfnVPC, CfnVPCCidrBlock } from 'aws-cdk-lib/aws-ec2';
import { CfnDBCluster, CfnDBClusterParameterGroup, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { type StageConfig, ZONE_COUNT } from '../config/stages.ts';
import { Cache } from '../constructs/cache/cache.ts';
import { Backup } from '../constructs/data/backup.ts';
import { Database } from '../constructs/data/database.ts';
import { Migration } from '../constructs/data/migration.ts';
import { CustomResourceLogs } from '../constructs/functions/custom-resource-logs.ts';
import { KeepAlive } from '../constructs/jobs/keep-alive.ts';
import { EmailSender } from '../constructs/messaging/email-sender.ts';
import { Monitoring } from '../constructs/monitoring/monitoring.ts';
import { Network } from '../constructs/network/network.ts';

/** Props of `DataStack`. */
export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
}

/**
 * The stateful part of a stage: the database with its snapshots and migrations, the network, which a database cannot
 * leave, and the cache and the email sender.
 */
export class DataStack extends Stack {
  /** The constructs that the other stacks use. */
  readonly sharedConstructs: {
    readonly monitoring: Monitoring;
    readonly network: Network;
    readonly database: Database;
    readonly cache: Cache;
    readonly emailSender: EmailSender;
  };
  readonly #zones: readonly string[];

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, props);
    this.#zones = config.availabilityZones ?? FIRST_ZONES;

    const monitoring = new Monitoring(this, 'Monitoring', { config });
    const network = new Network(this, 'Network', { config });
    const database = new Database(this, 'Database', { config, network });
    const cache = new Cache(this, 'Cache', { config, network });
    if (config.snapshots) new Backup(this, 'Backup', { config, snapshots: config.snapshots, database });
    const emailSender = new EmailSender(this, 'Mail', config.email);
    new Migration(this, 'Migration', { config, network, database });
    new CustomResourceLogs(this, 'CustomResourceLogs', { config });
    if (config.keepData) RemovalPolicies.of(this).retainOnUpdateOrDelete({ applyToResourceTypes: RETAINED_TYPES });

    new KeepAlive(this, 'KeepAlive');
    monitoring.watch(this);
    this.sharedConstructs = { monitoring, network, database, cache, emailSender };
  }

  /** The zones of the stage. CDK would otherwise query AWS for those of a stage with an account. */
  override get availabilityZones(): string[] {
    return [...this.#zones];
  }
}

/** The first zones of the target region, resolved at deployment. */
const FIRST_ZONES = Array.from({ length: ZONE_COUNT }, (_, i) => Fn.select(i, Fn.getAzs()));

// A retained database needs its network: otherwise the deletion of the stack fails at a subnet in use.
const RETAINED_TYPES = [
  CfnDBCluster,
  CfnDBInstance,
  CfnDBSubnetGroup,
  CfnDBClusterParameterGroup,
  CfnVPC,
  CfnSubnet,
  CfnVPCCidrBlock,
].map((type) => type.CFN_RESOURCE_TYPE_NAME);
