import { Duration, Tokenization } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseProxy,
  DatabaseSecret,
  DefaultAuthScheme,
  ProxyTarget,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import type { Network } from './network.ts';

const DATABASE_ROLES = [
  'availability_api',
  'patient_api',
  'staff_api',
  'post_confirmation',
  'create_admin',
  'generate_slots',
] as const;
/** The PostgreSQL roles that functions sign in as: one each, made by the migrations. */
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

const DATABASE_NAME = 'medbook';

export interface DatabaseProps {
  readonly config: StageConfig;
  readonly network: Network;
}

/**
 * Aurora PostgreSQL behind RDS Proxy. Functions sign in with IAM, each as its own role, and so does the proxy behind them:
 * the only password is the owner's, and only the migrations know it.
 */
export class Database extends Construct {
  private readonly cluster: DatabaseCluster;
  private readonly owner: DatabaseSecret;
  private readonly proxy: DatabaseProxy;

  constructor(scope: Construct, id: string, { config, network }: DatabaseProps) {
    super(scope, id);
    const { vpc, forDatabase: vpcSubnets } = network;
    const removalPolicy = removalPolicyOf(config);
    // A cluster keeps the key that it was made with, so it has its own from the first day.
    const key = new Key(this, 'Key', { description: 'MedBook: the database', enableKeyRotation: true, removalPolicy });

    this.owner = new DatabaseSecret(this, 'Owner', { username: 'medbook_owner', encryptionKey: key });
    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 }),
      // Refuses connections without TLS.
      parameters: { 'rds.force_ssl': '1' },
      vpc,
      vpcSubnets,
      port: 5432,
      credentials: Credentials.fromSecret(this.owner),
      defaultDatabaseName: DATABASE_NAME,
      iamAuthentication: true,
      storageEncryptionKey: key,
      serverlessV2MinCapacity: config.databaseCapacity.min,
      serverlessV2MaxCapacity: config.databaseCapacity.max,
      writer: ClusterInstance.serverlessV2('Writer'),
      readers: readers(config.readers),
      backup: { retention: config.backupRetention },
      copyTagsToSnapshot: true,
      deletionProtection: config.keepData,
      removalPolicy,
    });

    this.proxy = new DatabaseProxy(this, 'Proxy', {
      proxyTarget: ProxyTarget.fromCluster(this.cluster),
      vpc,
      vpcSubnets,
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      role: this.proxyRole(),
      requireTLS: true,
      // Less than the shortest time-out of a function that answers HTTP: it can still say "unavailable" itself.
      borrowTimeout: Duration.seconds(5),
    });
  }

  /** How to reach the database as one role. Of use only together with `grantConnect` for the same role. */
  environment(role: DatabaseRole) {
    return { ...this.address(this.proxy.endpoint), DB_USER: role };
  }

  /** Lets a function sign in as one role, and as no other: the permission, and the way through the network. */
  grantConnect(grantee: LambdaFunction, role: DatabaseRole): void {
    this.proxy.grantConnect(grantee, role);
    // Said from the function's side, so that the rule lands in the function's stack: the other way round the stacks would need each other.
    grantee.connections.allowTo(this.proxy, this.port, `PostgreSQL as ${role}`);
  }

  /** How to reach the writer itself, as the owner of everything: past the proxy, which cannot hold a session lock. */
  ownerEnvironment() {
    return { ...this.address(this.cluster.clusterEndpoint.hostname), DB_SECRET_ARN: this.owner.secretArn };
  }

  /** Lets a function sign in as the owner. For the migrations only. */
  grantOwnership(grantee: LambdaFunction): void {
    this.owner.grantRead(grantee);
    grantee.connections.allowTo(this.cluster, this.port, 'PostgreSQL as the owner');
  }

  private address(host: string) {
    const port = Tokenization.stringifyNumber(this.cluster.clusterEndpoint.port);
    return { DB_HOST: host, DB_PORT: port, DB_NAME: DATABASE_NAME };
  }

  private get port(): Port {
    return Port.tcp(this.cluster.clusterEndpoint.port);
  }

  private proxyRole(): Role {
    const role = new Role(this, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
    for (const user of DATABASE_ROLES) this.cluster.grantConnect(role, user);
    return role;
  }
}

/** The first reader is as large as the writer at any time, so that it can take over at once. */
function readers(count: number) {
  return Array.from({ length: count }, (_, i) =>
    ClusterInstance.serverlessV2(`Reader${i + 1}`, { scaleWithWriter: i === 0 }),
  );
}
