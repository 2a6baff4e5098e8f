import { Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type DatabaseCluster, DatabaseProxy, DefaultAuthScheme, ProxyTarget } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';
import type { Network } from './network.ts';
import { uniqueName } from './unique-name.ts';

interface DatabaseProxyProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly cluster: DatabaseCluster;
  /** The PostgreSQL roles that it may sign in to the cluster as. */
  readonly users: readonly string[];
}

/** RDS Proxy: TLS and IAM on both of its sides, so it keeps no secret. It reaches the cluster and nothing else. */
export function databaseProxy(
  scope: Construct,
  { config, network, cluster, users }: DatabaseProxyProps,
): DatabaseProxy {
  const dbProxyName = uniqueName(config);
  const logs = logsOf(scope, 'ProxyLogs', { config, logGroupName: `/aws/rds/proxy/${dbProxyName}` });
  const proxy = new DatabaseProxy(scope, 'Proxy', {
    dbProxyName,
    proxyTarget: ProxyTarget.fromCluster(cluster),
    vpc: network.vpc,
    vpcSubnets: network.forData,
    securityGroups: [network.closedGroup(scope, 'ProxySecurityGroup', 'RDS Proxy')],
    defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
    role: roleFor(scope, cluster, users),
    requireTLS: true,
    // Less than the shortest time-out of a function that answers HTTP: it can still say "unavailable" itself.
    borrowTimeout: Duration.seconds(5),
  });
  // RDS would make the group itself, without a key and for ever.
  proxy.node.addDependency(logs);
  return proxy;
}

function roleFor(scope: Construct, cluster: DatabaseCluster, users: readonly string[]): Role {
  const role = new Role(scope, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
  for (const user of users) cluster.grantConnect(role, user);
  Validations.of(role).acknowledge({
    id: 'HIPAA.Security-IAMNoInlinePolicy',
    reason: 'What the proxy may do belongs to its one role, and lives and dies with it.',
  });
  return role;
}
