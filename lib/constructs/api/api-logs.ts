import {
  AccessLogField,
  AccessLogFormat,
  LogGroupLogDestination,
  type SpecRestApi,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { createLogGroup } from '../shared/create-log-group.ts';

/**
 * Creates the stage options for the access log: one line of JSON per request. It has no IP address, user agent, user or
 * query, and the route instead of the path. The audit log has who did what; the web ACL's log has the addresses of
 * blocked requests.
 */
export function createAccessLogOptions(scope: Construct, config: StageConfig): StageOptions {
  return {
    accessLogDestination: new LogGroupLogDestination(createLogGroup(scope, 'AccessLogs', { config })),
    accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_LINE)),
  };
}

/**
 * Creates the execution log group, which API Gateway would otherwise create without a key and without a retention time.
 */
export function createExecutionLogGroup(api: SpecRestApi, config: StageConfig): void {
  const logGroupName = `API-Gateway-Execution-Logs_${api.restApiId}/v1`;
  api.deploymentStage.node.addDependency(createLogGroup(api, 'ExecutionLogs', { config, logGroupName }));
}

const ACCESS_LOG_LINE = {
  requestId: AccessLogField.contextRequestId(),
  time: AccessLogField.contextRequestTimeEpoch(),
  method: AccessLogField.contextHttpMethod(),
  route: AccessLogField.contextResourcePath(),
  status: AccessLogField.contextStatus(),
  bytes: AccessLogField.contextResponseLength(),
  milliseconds: AccessLogField.contextResponseLatency(),
  functionMilliseconds: AccessLogField.contextIntegrationLatency(),
  functionStatus: AccessLogField.contextIntegrationStatus(),
  refusedAs: AccessLogField.contextErrorResponseType(),
  firewall: AccessLogField.contextWafStatus(),
  tls: '$context.tlsVersion',
  trace: AccessLogField.contextXrayTraceId(),
};
