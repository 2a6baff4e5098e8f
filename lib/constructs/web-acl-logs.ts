import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnLoggingConfiguration, type CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';
import { uniqueName } from './unique-name.ts';

export interface BlockedLogsProps {
  readonly config: StageConfig;
  /** What the firewall stands before. */
  readonly name: string;
  readonly acl: CfnWebACL;
}

/**
 * Notes the requests that a firewall stops, with the address they came from, which is what somebody who looks into an attack needs.
 * Of others it notes nothing.
 */
export function logBlocked(scope: Construct, id: string, { config, name, acl }: BlockedLogsProps): void {
  // The firewall writes only to groups whose names begin so.
  const logGroupName = `aws-waf-logs-${uniqueName(config)}-${name}`;
  const logs = logsOf(scope, id, { config, logGroupName });
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
