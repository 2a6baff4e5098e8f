import { Tokenization, Validations } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type DatabaseCluster,
  type DatabaseProxy,
  DatabaseProxyEndpoint,
  ProxyEndpointTargetRole,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import { auroraCluster, DATABASE_NAME, DATABASE_PORT } from './aurora.ts';
import { databaseProxy } from './database-proxy.ts';
import type { Network } from './network.ts';

const DATABASE_ROLES = [
  'availability_api',
  'patient_api',
  'staff_api',
  'post_confirmation',
  'create_admin',
  'generate_slots',
  'expire_holds',
  'housekeeping',
  'outbox_relay',
  'resync_index',
  'notifier',
  'reminders',
  'mail_events',
] as const;
/** The PostgreSQL roles that functions sign in as: one each, made by the migrations. */
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

export interface DatabaseProps {
  readonly config: StageConfig;
  readonly network: Network;
}

/**
 * Aurora PostgreSQL behind RDS Proxy. Functions sign in with IAM, each as its own role, and so does the proxy behind them:
 * the only password is the owner's, and only the migrations may read it.
 */
export class Database extends Construct {
  /** For its metrics and its backups. */
  readonly cluster: DatabaseCluster;
  /** For its metrics. */
  readonly proxy: DatabaseProxy;
  private readonly readOnly: DatabaseProxyEndpoint;

  constructor(scope: Construct, id: string, { config, network }: DatabaseProps) {
    super(scope, id);
    const removalPolicy = removalPolicyOf(config);
    // A cluster keeps the key that it was made with, so it has its own from the first day.
    const key = new Key(this, 'Key', { description: 'MedBook: the database', enableKeyRotation: true, removalPolicy });
    const securityGroup = network.closedGroup(this, 'SecurityGroup', 'The database');
    // A cluster that is kept does not let go of it.
    securityGroup.applyRemovalPolicy(removalPolicy);
    for (const rule of ['EC2RestrictedCommonPorts', 'EC2RestrictedSSH']) {
      Validations.of(securityGroup).acknowledge({
        id: `HIPAA.Security-${rule}`,
        reason:
          'Its rules name security groups as the source, never addresses; the port of one is read from the cluster.',
      });
    }
    this.cluster = auroraCluster(this, { config, network, key, securityGroup });
    this.proxy = databaseProxy(this, { config, network, cluster: this.cluster, users: DATABASE_ROLES });
    this.readOnly = new DatabaseProxyEndpoint(this, 'ReadOnly', {
      dbProxy: this.proxy,
      targetRole: ProxyEndpointTargetRole.READ_ONLY,
      vpc: network.vpc,
      vpcSubnets: network.forData,
      securityGroups: this.proxy.connections.securityGroups,
    });
  }

  /** How to reach the database as one role. Of use only together with `grantConnect` for the same role. */
  environment(role: DatabaseRole) {
    return { ...this.address(this.proxy.endpoint), DB_USER: role };
  }

  /** The same for reads that may lag behind what was written (by tens of milliseconds as a rule): they spare the writer. */
  readOnlyEnvironment(role: DatabaseRole) {
    return { ...this.address(this.readOnly.endpoint), DB_USER: role };
  }

  /** Lets a function sign in as one role, and as no other: the permission, and the way through the network. */
  grantConnect(grantee: LambdaFunction, role: DatabaseRole): void {
    this.proxy.grantConnect(grantee, role);
    // Said from the function's side, so that the rule lands in the function's stack: the other way round the stacks would need each other.
    grantee.connections.allowTo(this.proxy, PORT, `PostgreSQL as ${role}`);
  }

  /** How to reach the writer itself, as the owner of everything: past the proxy, which cannot hold a session lock. */
  ownerEnvironment() {
    return { ...this.address(this.cluster.clusterEndpoint.hostname), DB_SECRET_ARN: this.owner.secretArn };
  }

  /** Lets a function sign in as the owner. For the migrations only. */
  grantOwnership(grantee: LambdaFunction): void {
    this.owner.grantRead(grantee);
    grantee.connections.allowTo(this.cluster, PORT, 'PostgreSQL as the owner');
  }

  private get owner() {
    if (!this.cluster.secret) throw new Error(`${this.node.path} has no secret: RDS must manage the owner's password.`);
    return this.cluster.secret;
  }

  private address(host: string) {
    const port = Tokenization.stringifyNumber(this.cluster.clusterEndpoint.port);
    return { DB_HOST: host, DB_PORT: port, DB_NAME: DATABASE_NAME };
  }
}

const PORT = Port.tcp(DATABASE_PORT);
