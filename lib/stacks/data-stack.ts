import { Fn, RemovalPolicies, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSubnet, CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { CfnDBCluster, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { Database } from '../constructs/database.ts';
import { Migration } from '../constructs/migration.ts';
import { Network } from '../constructs/network.ts';

export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What must survive: the database, the network that it cannot be moved from, and the migrations that bring it up to date. */
export class DataStack extends Stack {
  /** What the other stacks build on. */
  readonly parts: { readonly network: Network; readonly database: Database };
  readonly #zones: number;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, props);
    this.#zones = config.availabilityZones;

    const network = new Network(this, 'Network', { config });
    const database = new Database(this, 'Database', { config, network });
    new Migration(this, 'Migration', { config, network, database });
    if (config.keepData) RemovalPolicies.of(this).retain({ applyToResourceTypes: KEPT });

    this.parts = { network, database };
  }

  /** The first zones of whichever region it is deployed to: synthesis need not ask AWS for their names. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, i) => Fn.select(i, Fn.getAzs()));
  }
}

// A database outlives its stack only together with the password of its owner and with the subnets that it lies in.
const KEPT = [CfnDBCluster, CfnDBInstance, CfnDBSubnetGroup, CfnSecret, CfnVPC, CfnSubnet].map(
  (type) => type.CFN_RESOURCE_TYPE_NAME,
);
