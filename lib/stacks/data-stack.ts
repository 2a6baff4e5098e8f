import { Fn, RemovalPolicies, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSubnet, CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { CfnDBCluster, CfnDBClusterParameterGroup, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { Backup } from '../constructs/backup.ts';
import { Cache } from '../constructs/cache.ts';
import { Database } from '../constructs/database.ts';
import { Mail } from '../constructs/mail.ts';
import { Migration } from '../constructs/migration.ts';
import { Monitoring } from '../constructs/monitoring/monitoring.ts';
import { Network } from '../constructs/network.ts';
import { ProviderLogs } from '../constructs/provider-logs.ts';

export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
}

/**
 * What must survive: the database and its snapshots, the network that it cannot be moved from, and the migrations that bring it
 * up to date. And the cache, which lives in that network.
 */
export class DataStack extends Stack {
  /** What the other stacks build on. */
  readonly parts: {
    readonly monitoring: Monitoring;
    readonly network: Network;
    readonly database: Database;
    readonly cache: Cache;
    readonly mail: Mail;
  };
  readonly #zones: number;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, props);
    this.#zones = config.availabilityZones;

    const monitoring = new Monitoring(this, 'Monitoring', { config });
    const network = new Network(this, 'Network', { config });
    const database = new Database(this, 'Database', { config, network });
    const cache = new Cache(this, 'Cache', { config, network });
    if (config.snapshots) new Backup(this, 'Backup', { config, snapshots: config.snapshots, database });
    const mail = new Mail(this, 'Mail', config.mail);
    new Migration(this, 'Migration', { config, network, database });
    new ProviderLogs(this, 'Providers', { config });
    if (config.keepData) RemovalPolicies.of(this).retain({ applyToResourceTypes: KEPT });

    monitoring.watch(this);
    this.parts = { monitoring, network, database, cache, mail };
  }

  /** The first zones of whichever region it is deployed to: synthesis need not ask AWS for their names. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, i) => Fn.select(i, Fn.getAzs()));
  }
}

// A database outlives its stack only together with what it lies in: otherwise deleting the stack stops half way, at a subnet in use.
const KEPT = [CfnDBCluster, CfnDBInstance, CfnDBSubnetGroup, CfnDBClusterParameterGroup, CfnVPC, CfnSubnet].map(
  (type) => type.CFN_RESOURCE_TYPE_NAME,
);
