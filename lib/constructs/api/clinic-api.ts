import { Size } from 'aws-cdk-lib';
import { ApiDefinition, EndpointType, RestApiMode, SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import { acknowledgeApiRules } from './acknowledge-api-rules.ts';
import { addApiWebAcl } from './add-api-web-acl.ts';
import { addCustomDomain } from './add-custom-domain.ts';
import { addTraceSampling } from './add-trace-sampling.ts';
import { createExecutionLogGroup } from './api-logs.ts';
import { type Audience, createApiDocument } from './create-api-document.ts';
import { createStageOptions } from './create-stage-options.ts';
import { requireTls, TLS_OPTIONS } from './require-tls.ts';

/** Props of `ClinicApi`. */
export interface ClinicApiProps {
  readonly config: StageConfig;
  /** The user pools whose access tokens are accepted. */
  readonly userPools: readonly IUserPool[];
  readonly audiences: readonly Audience[];
  /** Routes, as `METHOD /path`, that cost far more than others and have a lower throttling limit. */
  readonly expensiveRoutes: readonly string[];
}

/**
 * The HTTP API with the routes of the contract. Routes that are not public require an access token of one of the user
 * pools; the functions check of which, and the groups. API Gateway's own error responses are problem documents. However many routes there
 * are, it is one resource (docs/adr/0020-api-as-one-document.md).
 */
export class ClinicApi extends Construct {
  /** With a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, userPools, audiences, expensiveRoutes }: ClinicApiProps) {
    super(scope, id);
    const { apiDomain, corsOrigins } = config;
    const api = new SpecRestApi(this, 'RestApi', {
      restApiName: `MedBook-${config.stage}`,
      apiDefinition: ApiDefinition.fromInline(
        createApiDocument({ settings: IMPORTED_SETTINGS, userPools, audiences, corsOrigins }),
      ),
      // In the default mode, a route that the document no longer has may stay.
      mode: RestApiMode.OVERWRITE,
      endpointTypes: [EndpointType.REGIONAL],
      parameters: { endpointConfigurationTypes: EndpointType.REGIONAL },
      disableExecuteApiEndpoint: apiDomain !== undefined,
      // Compression does not make smaller responses any smaller.
      minCompressionSize: Size.kibibytes(1),
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: getRemovalPolicy(config),
      deployOptions: createStageOptions(this, { config, expensiveRoutes }),
    });
    requireTls(api);
    addTraceSampling(api, config);
    createExecutionLogGroup(api, config);
    acknowledgeApiRules(api, config);
    for (const { handler } of audiences) {
      // One permission for all routes: one for each would exceed the size limit of a function's policy.
      handler.addPermission('InvokeByApi', {
        principal: new ServicePrincipal('apigateway.amazonaws.com'),
        sourceArn: api.arnForExecuteApi(),
      });
    }
    if (config.webAcl) addApiWebAcl(api, config);
    this.url = apiDomain ? addCustomDomain(apiDomain, api) : api.urlForPath();
  }
}

// Texts only: CloudFormation passes numbers and booleans of a document on as texts.
const IMPORTED_SETTINGS = {
  'x-amazon-apigateway-security-policy': TLS_OPTIONS.securityPolicy,
  'x-amazon-apigateway-endpoint-access-mode': TLS_OPTIONS.endpointAccessMode,
};
