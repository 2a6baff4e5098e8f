import { Stack, Tokenization, Validations } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { DatabaseCluster, DatabaseProxy } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import type { Network } from '../network/network.ts';
import { createAuroraCluster, DATABASE_NAME, DATABASE_PORT } from './create-aurora-cluster.ts';
import { createDatabaseProxy } from './create-database-proxy.ts';

/** The PostgreSQL roles of functions, one for each. The migrations create them. */
export const DATABASE_ROLES = [
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
  'email_events',
] as const;
/** A role of a function. */
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** Props of `Database`. */
export interface DatabaseProps {
  readonly config: StageConfig;
  readonly network: Network;
}

/**
 * Aurora PostgreSQL, in larger sizes behind RDS Proxy. Each function signs in with IAM as its own role, and so does the
 * proxy. The only password is the owner's, which only the migrations can read.
 */
export class Database extends Construct {
  /** For its metrics and its backups. */
  readonly cluster: DatabaseCluster;
  private readonly proxy: DatabaseProxy | undefined;
  private readonly pauses: boolean;

  constructor(scope: Construct, id: string, { config, network }: DatabaseProps) {
    super(scope, id);
    this.pauses = config.databaseCapacity.min === 0;
    const removalPolicy = getRemovalPolicy(config);
    // The key of a cluster cannot be changed later.
    const key = new Key(this, 'Key', { description: 'MedBook: the database', enableKeyRotation: true, removalPolicy });
    const securityGroup = network.createClosedSecurityGroup(this, 'SecurityGroup', 'The database');
    // A retained cluster continues to use it, so it cannot be deleted.
    securityGroup.applyRemovalPolicy(removalPolicy);
    for (const rule of ['EC2RestrictedCommonPorts', 'EC2RestrictedSSH']) {
      Validations.of(securityGroup).acknowledge({
        id: `HIPAA.Security-${rule}`,
        reason:
          'Its rules have security groups as their source, never addresses. The rule cannot resolve the port, which is an attribute of the cluster.',
      });
    }
    this.cluster = createAuroraCluster(this, { config, network, key, securityGroup });
    if (config.databaseProxy)
      this.proxy = createDatabaseProxy(this, { config, network, cluster: this.cluster, users: DATABASE_ROLES });
    // In every size, because live functions still use it while a stage moves up. IAM decides where they may sign in.
    network.functionSecurityGroup.connections.allowTo(this.cluster, PORT, 'PostgreSQL');
    if (this.proxy) network.functionSecurityGroup.connections.allowTo(this.proxy, PORT, 'PostgreSQL');
    this.exportAddress();
  }

  /** Lets a function connect as one role only: IAM permission and environment variables. */
  connect(client: LambdaFunction, role: DatabaseRole): void {
    (this.proxy ?? this.cluster).grantConnect(client, role);
    this.addAddress(client, this.proxy?.endpoint ?? this.cluster.clusterEndpoint.hostname);
    if (!this.proxy) trustDatabaseCertificate(client);
    client.addEnvironment('DB_USER', role);
    client.addEnvironment('DB_PAUSES', String(this.pauses));
  }

  /**
   * Lets a function connect to the writer as the owner, without the proxy, which does not support session locks. Only
   * for the migrations.
   */
  connectAsOwner(client: LambdaFunction): void {
    this.ownerSecret.grantRead(client);
    this.addAddress(client, this.cluster.clusterEndpoint.hostname);
    trustDatabaseCertificate(client);
    client.addEnvironment('DB_SECRET_ARN', this.ownerSecret.secretArn);
    client.connections.allowTo(this.cluster, PORT, 'PostgreSQL as the owner');
  }

  /**
   * Exports what functions of other stacks use without a proxy, in every size: CloudFormation refuses to remove an export that
   * another stack still imports, so a stage could not move up.
   */
  private exportAddress(): void {
    const stack = Stack.of(this);
    stack.exportValue(this.cluster.clusterEndpoint.hostname);
    stack.exportValue(this.cluster.clusterResourceIdentifier);
  }

  private get ownerSecret() {
    if (!this.cluster.secret)
      throw new Error(`${this.node.path} has no secret: manageMasterUserPassword must be true.`);
    return this.cluster.secret;
  }

  private addAddress(client: LambdaFunction, host: string): void {
    client.addEnvironment('DB_HOST', host);
    client.addEnvironment('DB_PORT', Tokenization.stringifyNumber(this.cluster.clusterEndpoint.port));
    client.addEnvironment('DB_NAME', DATABASE_NAME);
  }
}

const PORT = Port.tcp(DATABASE_PORT);

/** The certificates of Aurora are signed by the RDS CA, which is not among Node's root certificates. Those of RDS Proxy are. */
function trustDatabaseCertificate(client: LambdaFunction): void {
  client.addEnvironment('NODE_EXTRA_CA_CERTS', '/var/runtime/ca-cert.pem');
}
