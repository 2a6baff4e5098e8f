import { Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type DatabaseCluster, DatabaseProxy, DefaultAuthScheme, ProxyTarget } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { Network } from '../network/network.ts';
import { createLogGroup } from '../shared/create-log-group.ts';
import { createUniqueName } from '../shared/create-unique-name.ts';

interface DatabaseProxyProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly cluster: DatabaseCluster;
  /** The PostgreSQL roles with which it may connect to the cluster. */
  readonly users: readonly string[];
}

/**
 * Creates RDS Proxy with TLS and IAM for clients and for the cluster, so it needs no secret. It can connect only to the
 * cluster.
 */
export function createDatabaseProxy(
  scope: Construct,
  { config, network, cluster, users }: DatabaseProxyProps,
): DatabaseProxy {
  const dbProxyName = createUniqueName(config);
  const logs = createLogGroup(scope, 'ProxyLogs', { config, logGroupName: `/aws/rds/proxy/${dbProxyName}` });
  const proxy = new DatabaseProxy(scope, 'Proxy', {
    dbProxyName,
    proxyTarget: ProxyTarget.fromCluster(cluster),
    vpc: network.vpc,
    vpcSubnets: network.dataSubnets,
    securityGroups: [network.createClosedSecurityGroup(scope, 'ProxySecurityGroup', 'RDS Proxy')],
    defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
    role: createProxyRole(scope, cluster, users),
    requireTLS: true,
    // Shorter than the shortest timeout of an API function, so that the function can still respond with `unavailable`.
    borrowTimeout: Duration.seconds(5),
  });
  // Otherwise RDS would create the log group without a key and without a retention time.
  proxy.node.addDependency(logs);
  return proxy;
}

function createProxyRole(scope: Construct, cluster: DatabaseCluster, users: readonly string[]): Role {
  const role = new Role(scope, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
  for (const user of users) cluster.grantConnect(role, user);
  Validations.of(role).acknowledge({
    id: 'HIPAA.Security-IAMNoInlinePolicy',
    reason: 'The policy is for this one role and is deleted with it; a managed policy could be attached to others.',
  });
  return role;
}
