import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { type CacheUser, CacheUsers } from './cache-users.ts';
import type { Network } from './network.ts';

const CACHE_PORT = 6380;

export interface CacheProps {
  readonly config: StageConfig;
  readonly network: Network;
}

/**
 * ElastiCache for Valkey: one shard, replicas by stage, TLS, encrypted, IAM instead of passwords. It holds nothing that the
 * database does not, so it is neither backed up nor kept, and a request must survive its absence.
 */
export class Cache extends Construct {
  /** For its metrics. */
  readonly group: CfnReplicationGroup;
  private readonly users: CacheUsers;
  private readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { config, network }: CacheProps) {
    super(scope, id);
    const { nodeType, nodes } = config.cache;
    this.users = new CacheUsers(this, 'Users', config);
    this.securityGroup = network.closedGroup(this, 'SecurityGroup', 'The cache');
    const key = new Key(this, 'Key', {
      description: 'MedBook: the cache',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.group = new CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: `MedBook ${config.stage}: the index of free slots, and limits`,
      engine: 'valkey',
      engineVersion: '8.1',
      autoMinorVersionUpgrade: true,
      cacheNodeType: nodeType,
      numCacheClusters: nodes,
      automaticFailoverEnabled: nodes > 1,
      multiAzEnabled: nodes > 1,
      cacheParameterGroupName: this.parameters().ref,
      cacheSubnetGroupName: this.subnets(network).ref,
      securityGroupIds: [this.securityGroup.securityGroupId],
      port: CACHE_PORT,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: key.keyArn,
      userGroupIds: [this.users.group.ref],
    });
    Validations.of(this.group).acknowledge(
      {
        id: 'AwsSolutions-AEC6',
        reason: 'There is no password to ask for: its users sign in with IAM, one for each function.',
      },
      {
        id: 'HIPAA.Security-ElastiCacheRedisClusterAutomaticBackup',
        reason:
          'It holds copies of what is in the database, and is filled from there; an old state would be worse than none.',
      },
      ...(nodes > 1 ? [] : [ONE_NODE]),
    );
  }

  /** How to reach the cache as one user. Of use only together with `grantConnect` for the same user. */
  environment(user: CacheUser) {
    return {
      CACHE_HOST: this.group.attrPrimaryEndPointAddress,
      CACHE_PORT: this.group.attrPrimaryEndPointPort,
      // What a token is signed for.
      CACHE_NAME: this.group.ref,
      CACHE_USER: this.users.nameOf(user),
    };
  }

  /** Lets a function sign in as one user, and as no other: the permission, and the way through the network. */
  grantConnect(grantee: LambdaFunction, user: CacheUser): void {
    grantee.addToRolePolicy(
      new PolicyStatement({ actions: ['elasticache:Connect'], resources: [this.arn, this.users.arnOf(user)] }),
    );
    grantee.connections.allowTo(this.securityGroup, Port.tcp(CACHE_PORT), `Valkey as ${user}`);
  }

  private get arn(): string {
    return Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'replicationgroup',
      resourceName: this.group.ref,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private parameters(): CfnParameterGroup {
    return new CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: 'valkey8',
      description: 'MedBook: a full cache refuses what is new',
      // An index with a hole in it would be answered for. A write that is refused is noticed, and its day then forgotten by whoever wrote.
      properties: { 'maxmemory-policy': 'noeviction' },
    });
  }

  private subnets({ vpc, forData }: Network): CfnSubnetGroup {
    const { subnetIds } = vpc.selectSubnets(forData);
    return new CfnSubnetGroup(this, 'Subnets', { description: 'MedBook: the isolated subnets', subnetIds });
  }
}

const ONE_NODE = {
  id: 'AwsSolutions-AEC4',
  reason: 'This stage serves nobody who would notice: requests are answered from the database while the node is away.',
};
