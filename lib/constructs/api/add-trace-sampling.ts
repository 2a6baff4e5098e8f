import type { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray';
import type { StageConfig } from '../../config/stages.ts';

/**
 * Traces the stage's share of the API's requests. Without the rule, X-Ray also traces the first request of each second:
 * at the load of a clinic, nearly all. The functions follow API Gateway's decision (docs/adr/0026-cost-model.md).
 */
export function addTraceSampling(api: SpecRestApi, { stage, apiTraceRate }: StageConfig): void {
  new CfnSamplingRule(api, 'TraceSampling', {
    samplingRule: {
      version: 1,
      ruleName: `MedBook-${stage}`,
      priority: 1000,
      serviceType: 'AWS::ApiGateway::Stage',
      resourceArn: api.deploymentStage.stageArn,
      reservoirSize: 0,
      fixedRate: apiTraceRate,
      serviceName: '*',
      host: '*',
      httpMethod: '*',
      urlPath: '*',
    },
  });
}
