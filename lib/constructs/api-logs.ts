import {
  AccessLogField,
  AccessLogFormat,
  LogGroupLogDestination,
  type RestApi,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';

/**
 * One line of JSON for each request: what was asked of which route and what became of it. Not who asked: no address, no agent,
 * no user; and the route in place of the path, no query. The audit trail knows who did what, the firewall's log who was stopped.
 */
export function accessLogs(scope: Construct, config: StageConfig): StageOptions {
  return {
    accessLogDestination: new LogGroupLogDestination(logsOf(scope, 'AccessLogs', { config })),
    accessLogFormat: AccessLogFormat.custom(JSON.stringify(LINE)),
  };
}

/** Makes the group that API Gateway would make by itself, without a key and for ever. */
export function keepExecutionLogs(api: RestApi, config: StageConfig): void {
  const logGroupName = `API-Gateway-Execution-Logs_${api.restApiId}/v1`;
  api.deploymentStage.node.addDependency(logsOf(api, 'ExecutionLogs', { config, logGroupName }));
}

const LINE = {
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
