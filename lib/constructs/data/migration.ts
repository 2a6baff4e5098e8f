import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { MigrateEnv } from '../../../lambdas/entry/migrate.contract.ts';
import type { StageConfig } from '../../config/stages.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';
import type { Network } from '../network/network.ts';
import type { Database } from './database.ts';

/** Props of `Migration`. */
export interface MigrationProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
}

/**
 * Runs the migrations when the stack is deployed, if a script or the migrator has changed. A failed migration fails the
 * deployment.
 */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, { config, network, database }: MigrationProps) {
    super(scope, id);
    const timeout = Duration.minutes(10);
    const securityGroup = network.createFunctionSecurityGroup(this, 'SecurityGroup', 'The migrations');
    const { function: migrate } = new ClinicFunction<MigrateEnv>(this, 'Migrate', {
      entry: 'migrate',
      environment: {},
      config,
      network,
      securityGroup,
      timeout,
      assets: ['migrations'],
    });
    database.connectAsOwner(migrate);

    // Whole constructs, because the function does not refer to the instances, endpoints and security group rules that
    // it needs.
    new Trigger(this, 'Trigger', {
      handler: migrate,
      timeout,
      executeAfter: [network, database, securityGroup, migrate],
    });
  }
}
