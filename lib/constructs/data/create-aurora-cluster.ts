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
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { Network } from '../network/network.ts';
import { createLogGroup } from '../shared/create-log-group.ts';
import { createUniqueName } from '../shared/create-unique-name.ts';

/** The name of the database in the cluster. */
export const DATABASE_NAME = 'medbook';
/** The shortest that Aurora supports. */
const AUTO_PAUSE_DURATION = Duration.minutes(5);

/** The port of the cluster. */
export const DATABASE_PORT = 5432;

interface AuroraClusterProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly key: Key;
  readonly securityGroup: SecurityGroup;
}

/**
 * Creates the cluster with a writer and the stage's readers in the data subnets. RDS stores the owner's password and
 * rotates it weekly.
 */
export function createAuroraCluster(
  scope: Construct,
  { config, network, key, securityGroup }: AuroraClusterProps,
): DatabaseCluster {
  const clusterIdentifier = createUniqueName(config);
  const logs = createLogGroup(scope, 'Logs', {
    config,
    logGroupName: `/aws/rds/cluster/${clusterIdentifier}/postgresql`,
  });
  const insightsOptions = config.databaseInsights
    ? { enablePerformanceInsights: true, performanceInsightEncryptionKey: key }
    : {};
  const instanceOptions = { ...insightsOptions, autoMinorVersionUpgrade: true };
  // Aurora chooses the zones otherwise. By position, another order of the zones would replace the instances.
  const zones = config.availabilityZones ?? [];
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 }),
    clusterIdentifier,
    parameters: {
      ...CLUSTER_PARAMETERS,
      ...(!config.databaseProxy && { idle_session_timeout: IDLE_SESSION_MILLISECONDS }),
    },
    vpc: network.vpc,
    vpcSubnets: network.dataSubnets,
    securityGroups: [securityGroup],
    port: DATABASE_PORT,
    credentials: Credentials.fromUsername('medbook_owner', { encryptionKey: key }),
    manageMasterUserPassword: true,
    defaultDatabaseName: DATABASE_NAME,
    iamAuthentication: true,
    storageEncryptionKey: key,
    serverlessV2MinCapacity: config.databaseCapacity.min,
    serverlessV2MaxCapacity: config.databaseCapacity.max,
    ...(config.databaseCapacity.min === 0 && { serverlessV2AutoPauseDuration: AUTO_PAUSE_DURATION }),
    writer: ClusterInstance.serverlessV2('Writer', { ...instanceOptions, availabilityZone: zones[0] }),
    readers: createReaders(config.readers, zones, instanceOptions),
    backup: { retention: config.backupRetention },
    copyTagsToSnapshot: true,
    cloudwatchLogsExports: ['postgresql'],
    ...insightsOptions,
    ...(config.databaseInsights && { monitoringInterval: Duration.minutes(1) }),
    deletionProtection: config.deletionProtection,
    removalPolicy: getRemovalPolicy(config),
  });
  // Otherwise RDS would create the log group without a key and without a retention time.
  cluster.node.addDependency(logs);
  // Retained instances continue to use this role.
  cluster.monitoringRole?.applyRemovalPolicy(getRemovalPolicy(config));
  acknowledgeRules(cluster, config);
  return cluster;
}

function acknowledgeRules(cluster: DatabaseCluster, { deletionProtection, databaseInsights }: StageConfig): void {
  Validations.of(cluster).acknowledge(
    ...(deletionProtection ? [] : DELETION_ACKNOWLEDGEMENTS),
    ...(databaseInsights ? [] : [MONITORING_ACKNOWLEDGEMENT]),
    {
      id: 'CloudFormation-Validate::W3010',
      reason: 'The stage names its zones, as for the network.',
    },
    {
      id: 'HIPAA.Security-RDSInBackupPlan',
      reason:
        'AWS Backup backs up an Aurora cluster as a whole, not by instance: see Backup. A stage without snapshots holds no real data.',
    },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
      reason: 'RDS requires this policy for Enhanced Monitoring; it only allows writing to the log group RDSOSMetrics.',
    },
  );
}

const DELETION_ACKNOWLEDGEMENTS = ['AwsSolutions-RDS10', 'HIPAA.Security-RDSInstanceDeletionProtectionEnabled'].map(
  (id) => ({
    id,
    reason: 'The stage is created and deleted as a whole, or this is its first deployment: it holds no real data.',
  }),
);

const MONITORING_ACKNOWLEDGEMENT = {
  id: 'HIPAA.Security-RDSEnhancedMonitoringEnabled',
  reason: 'In this size it could keep the database above its minimum capacity. The metrics of CloudWatch remain.',
};

/**
 * Lambda freezes instances with their connection. Without a proxy these would keep the database from pausing, and count against its
 * limit after a deployment. A function connects again when it is called.
 */
const IDLE_SESSION_MILLISECONDS = '60000';

const CLUSTER_PARAMETERS = {
  // Reject connections without TLS.
  'rds.force_ssl': '1',
  // The DETAIL of a constraint violation quotes the row, with personal data.
  log_error_verbosity: 'terse',
};

/**
 * Creates the readers, each in the next zone after the writer's if the stage names its zones. The first one scales with
 * the writer, so that it can replace it at a failover.
 */
function createReaders(count: number, zones: readonly string[], instanceOptions: ServerlessV2ClusterInstanceProps) {
  return Array.from({ length: count }, (_, i) =>
    ClusterInstance.serverlessV2(`Reader${i + 1}`, {
      ...instanceOptions,
      availabilityZone: zones[i + 1],
      scaleWithWriter: i === 0,
    }),
  );
}
