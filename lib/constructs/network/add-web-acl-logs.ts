import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnLoggingConfiguration, type CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { createLogGroup } from '../shared/create-log-group.ts';
import { createUniqueName } from '../shared/create-unique-name.ts';

/** Options of `addWebAclLogs`. */
export interface WebAclLogsProps {
  readonly config: StageConfig;
  /** What the web ACL protects: the last part of the log group's name. */
  readonly name: string;
  readonly acl: CfnWebACL;
}

/**
 * Logs the requests that a web ACL blocks, with their IP addresses, which an investigation of an attack needs. Other
 * requests are not logged.
 */
export function addWebAclLogs(scope: Construct, id: string, { config, name, acl }: WebAclLogsProps): void {
  // AWS WAF requires this prefix.
  const logGroupName = `aws-waf-logs-${createUniqueName(config)}-${name}`;
  const logs = createLogGroup(scope, id, { config, logGroupName });
  const logging = new CfnLoggingConfiguration(scope, 'Logging', {
    resourceArn: acl.attrArn,
    logDestinationConfigs: [
      Stack.of(scope).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: logGroupName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
    redactedFields: [
      { singleHeader: { Name: 'authorization' } },
      { singleHeader: { Name: 'cookie' } },
      { queryString: {} },
    ],
    loggingFilter: {
      DefaultBehavior: 'DROP',
      Filters: [{ Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] }],
    },
  });
  logging.node.addDependency(logs);
}
