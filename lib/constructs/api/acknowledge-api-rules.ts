import { Validations } from 'aws-cdk-lib';
import type { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { StageConfig } from '../../config/stages.ts';

/** Acknowledges, with reasons, the cdk-nag rules that the API as a whole breaks on purpose. */
export function acknowledgeApiRules(api: SpecRestApi, { webAcl }: StageConfig): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason:
        'The functions validate path, query and body and return all validation errors; API Gateway would stop at the first, in its own format.',
    },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'AWS maintains this policy for API Gateway to write logs; only API Gateway can assume the role.',
    },
    {
      id: 'HIPAA.Security-APIGWCacheEnabledAndEncrypted',
      reason: 'Responses are not cached: most hold one person’s data, and free times change with each booking.',
    },
    {
      id: 'HIPAA.Security-APIGWSSLEnabled',
      reason:
        'A client certificate identifies API Gateway to an HTTP backend; this API invokes only Lambda functions, by permission.',
    },
  );
  if (webAcl) return;
  Validations.of(api.deploymentStage).acknowledge({
    id: 'AwsSolutions-APIG3',
    reason: 'This size is for trying MedBook without real patients. The API and the functions still limit requests.',
  });
}
