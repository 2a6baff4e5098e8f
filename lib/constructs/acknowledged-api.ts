import { Validations } from 'aws-cdk-lib';
import type { Method, RestApi } from 'aws-cdk-lib/aws-apigateway';

/** Says of the API as a whole what the policy packs cannot see. */
export function acknowledgeApi(api: RestApi): void {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions-APIG2',
      reason:
        'The functions validate path, query and body, and list every fault; API Gateway would stop at the first, in its own words.',
    },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'What API Gateway needs to write logs, kept by AWS; only API Gateway can take the role.',
    },
    {
      id: 'HIPAA.Security-APIGWCacheEnabledAndEncrypted',
      reason:
        'No answer is kept outside of the database: most are one person’s, and free times change with each booking.',
    },
    {
      id: 'HIPAA.Security-APIGWSSLEnabled',
      reason:
        'A client certificate tells an HTTP backend who calls; behind this API are functions, which only it may invoke.',
    },
  );
}

/** Says why everybody may call a method. */
export function acknowledgeOpen(method: Method, reason: string): void {
  Validations.of(method).acknowledge({ id: 'AwsSolutions-APIG4', reason }, { id: 'AwsSolutions-COG4', reason });
}
