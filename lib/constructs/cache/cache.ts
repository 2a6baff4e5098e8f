import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { Network } from '../network/network.ts';
import { type CacheUser, CacheUsers } from './cache-users.ts';

const CACHE_PORT = 6380;

/** Props of `Cache`. */
export interface CacheProps {
  readonly config: StageConfig;
  readonly network: Network;
}

/**
 * ElastiCache for Valkey: one shard with the stage's number of replicas, TLS only, encrypted, IAM instead of passwords.
 * Its data can be rebuilt or lost, so it is neither backed up nor retained, and requests must succeed without it.
 */
export class Cache extends Construct {
  /** For its metrics. */
  readonly replicationGroup: CfnReplicationGroup;
  private readonly users: CacheUsers;

  constructor(scope: Construct, id: string, { config, network }: CacheProps) {
    super(scope, id);
    const { nodeType, nodes } = config.cache;
    this.users = new CacheUsers(this, 'Users', config);
    const securityGroup = network.createClosedSecurityGroup(this, 'SecurityGroup', 'The cache');
    network.functionSecurityGroup.connections.allowTo(securityGroup, Port.tcp(CACHE_PORT), 'Valkey');
    const key = new Key(this, 'Key', {
      description: 'MedBook: the cache',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.replicationGroup = new CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: `MedBook ${config.stage}: free-slot index and rate limits`,
      engine: 'valkey',
      engineVersion: '8.1',
      autoMinorVersionUpgrade: true,
      cacheNodeType: nodeType,
      numCacheClusters: nodes,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      cacheParameterGroupName: this.createParameterGroup().ref,
      cacheSubnetGroupName: this.createSubnetGroup(network).ref,
      securityGroupIds: [securityGroup.securityGroupId],
      port: CACHE_PORT,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: key.keyArn,
      userGroupIds: [this.users.group.ref],
    });
    Validations.of(this.replicationGroup).acknowledge(
      {
        id: 'AwsSolutions-AEC6',
        reason: 'There is no password: each function signs in with IAM as its own user.',
      },
      {
        id: 'HIPAA.Security-ElastiCacheRedisClusterAutomaticBackup',
        reason: 'Its data is rebuilt from the database; restoring an old state would be worse than starting empty.',
      },
    );
  }

  /** Lets a function connect as one user only: IAM permission and environment variables. */
  connect(client: LambdaFunction, user: CacheUser): void {
    client.addToRolePolicy(
      new PolicyStatement({ actions: ['elasticache:Connect'], resources: [this.arn, this.users.getUserArn(user)] }),
    );
    client.addEnvironment('CACHE_HOST', this.replicationGroup.attrPrimaryEndPointAddress);
    client.addEnvironment('CACHE_PORT', this.replicationGroup.attrPrimaryEndPointPort);
    // The IAM token is signed for this name.
    client.addEnvironment('CACHE_NAME', this.replicationGroup.ref);
    client.addEnvironment('CACHE_USER', this.users.getUserName(user));
  }

  private get arn(): string {
    return Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'replicationgroup',
      resourceName: this.replicationGroup.ref,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private createParameterGroup(): CfnParameterGroup {
    return new CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: 'valkey8',
      description: 'MedBook: a full cache refuses what is new',
      // Evicted keys would leave the index incomplete without notice. A rejected write returns an error, and the
      // function then removes that day from the index.
      properties: { 'maxmemory-policy': 'noeviction' },
    });
  }

  private createSubnetGroup({ vpc, dataSubnets }: Network): CfnSubnetGroup {
    const { subnetIds } = vpc.selectSubnets(dataSubnets);
    return new CfnSubnetGroup(this, 'Subnets', { description: 'MedBook: the isolated subnets', subnetIds });
  }
}
