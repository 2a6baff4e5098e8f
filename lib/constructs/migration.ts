import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { MigrateEnv } from '../../lambdas/entry/migrate.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { ClinicFunction } from './clinic-function.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';

export interface MigrationProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
}

/** Brings the schema up to date while the stack deploys, whenever a migration or its runner changed. A failure fails the deployment. */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, { config, network, database }: MigrationProps) {
    super(scope, id);
    const timeout = Duration.minutes(10);
    const { function: migrate } = new ClinicFunction<MigrateEnv>(this, 'Migrate', {
      entry: 'migrate',
      environment: database.ownerEnvironment(),
      config,
      network,
      timeout,
      assets: ['migrations'],
    });
    // The writer's certificate is signed by RDS, whom Node does not know; the proxy's is signed by Amazon, whom it does.
    migrate.addEnvironment('NODE_EXTRA_CA_CERTS', '/var/runtime/ca-cert.pem');
    database.grantOwnership(migrate);

    // The whole of each: the instances, the endpoints and the rules of the security groups too, which the function does not name.
    new Trigger(this, 'Trigger', { handler: migrate, timeout, executeAfter: [network, database, migrate] });
  }
}
