import { Duration, Validations } from 'aws-cdk-lib';
import type { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  type ServerlessV2ClusterInstanceProps,
} from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';
import type { Network } from './network.ts';
import { uniqueName } from './unique-name.ts';

export const DATABASE_NAME = 'medbook';
export const DATABASE_PORT = 5432;

interface AuroraProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly key: Key;
  readonly securityGroup: SecurityGroup;
}

/** The cluster: a writer and the stage's readers, in the isolated subnets. RDS itself keeps the owner's password and changes it every week. */
export function auroraCluster(scope: Construct, { config, network, key, securityGroup }: AuroraProps): DatabaseCluster {
  const clusterIdentifier = uniqueName(config);
  const logs = logsOf(scope, 'Logs', { config, logGroupName: `/aws/rds/cluster/${clusterIdentifier}/postgresql` });
  const insights = { enablePerformanceInsights: true, performanceInsightEncryptionKey: key };
  const instance = { ...insights, autoMinorVersionUpgrade: true };
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 }),
    clusterIdentifier,
    parameters: PARAMETERS,
    vpc: network.vpc,
    vpcSubnets: network.forData,
    securityGroups: [securityGroup],
    port: DATABASE_PORT,
    credentials: Credentials.fromUsername('medbook_owner', { encryptionKey: key }),
    manageMasterUserPassword: true,
    defaultDatabaseName: DATABASE_NAME,
    iamAuthentication: true,
    storageEncryptionKey: key,
    serverlessV2MinCapacity: config.databaseCapacity.min,
    serverlessV2MaxCapacity: config.databaseCapacity.max,
    writer: ClusterInstance.serverlessV2('Writer', instance),
    readers: readers(config.readers, instance),
    backup: { retention: config.backupRetention },
    copyTagsToSnapshot: true,
    cloudwatchLogsExports: ['postgresql'],
    ...insights,
    monitoringInterval: Duration.minutes(1),
    deletionProtection: config.keepData,
    removalPolicy: removalPolicyOf(config),
  });
  // RDS would make the group itself, without a key and for ever.
  cluster.node.addDependency(logs);
  // Instances that are kept go on reporting with it.
  cluster.monitoringRole?.applyRemovalPolicy(removalPolicyOf(config));
  acknowledge(cluster, config);
  return cluster;
}

function acknowledge(cluster: DatabaseCluster, { keepData }: StageConfig): void {
  Validations.of(cluster).acknowledge(
    ...(keepData ? [] : DELETABLE),
    {
      id: 'HIPAA.Security-RDSInBackupPlan',
      reason:
        'AWS Backup takes an Aurora cluster whole, not by its instances: see Backup. A stage without snapshots holds nobody’s data.',
    },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
      reason: 'RDS names this policy as what its agent needs: to write into the one log group RDSOSMetrics.',
    },
  );
}

const DELETABLE = ['AwsSolutions-RDS10', 'HIPAA.Security-RDSInstanceDeletionProtectionEnabled'].map((id) => ({
  id,
  reason: 'This stage is made and deleted as a whole, and holds nobody’s data.',
}));

const PARAMETERS = {
  // Refuses connections without TLS.
  'rds.force_ssl': '1',
  // The detail of a violated constraint quotes the row: an address, a name.
  log_error_verbosity: 'terse',
};

/** The first reader is as large as the writer at any time, so that it can take over at once. */
function readers(count: number, instance: ServerlessV2ClusterInstanceProps) {
  return Array.from({ length: count }, (_, i) =>
    ClusterInstance.serverlessV2(`Reader${i + 1}`, { ...instance, scaleWithWriter: i === 0 }),
  );
}
