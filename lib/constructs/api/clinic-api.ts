import type { Operation, RouteTable } from '@medbook/contract/operation';
import { Size } from 'aws-cdk-lib';
import {
  AuthorizationType,
  CognitoUserPoolsAuthorizer,
  EndpointType,
  LambdaIntegration,
  type MethodOptions,
  type Resource,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { getRemovalPolicy, type StageConfig } from '../../config/stages.ts';
import { acknowledgeApiRules, acknowledgePublicMethod } from './acknowledge-api-rules.ts';
import { addApiWebAcl } from './add-api-web-acl.ts';
import { addCustomDomain } from './add-custom-domain.ts';
import { addGatewayResponses } from './add-gateway-responses.ts';
import { addMethodNotAllowed } from './add-method-not-allowed.ts';
import { addPreflight } from './add-preflight.ts';
import { createExecutionLogGroup } from './api-logs.ts';
import { createStageOptions } from './create-stage-options.ts';
import { requireTls } from './require-tls.ts';

/** A function behind the API, with its routes. */
export interface Audience {
  readonly routes: RouteTable;
  readonly handler: IFunction;
}

/** Props of `ClinicApi`. */
export interface ClinicApiProps {
  readonly config: StageConfig;
  readonly userPool: IUserPool;
  readonly audiences: readonly Audience[];
  /** Routes, as `METHOD /path`, that cost far more than others and have a lower throttling limit. */
  readonly expensiveRoutes: readonly string[];
}

/**
 * The HTTP API with the routes of the contract. Routes that are not public require an access token of the user pool;
 * the functions check the groups. Each GET route also has HEAD. API Gateway's own error responses are problem
 * documents.
 */
export class ClinicApi extends Construct {
  /** With a trailing slash. */
  readonly url: string;
  private readonly api: RestApi;
  private readonly methodsByResource = new Map<Resource, string[]>();

  constructor(scope: Construct, id: string, { config, userPool, audiences, expensiveRoutes }: ClinicApiProps) {
    super(scope, id);
    const { apiDomain } = config;
    this.api = new RestApi(this, 'RestApi', {
      restApiName: `MedBook-${config.stage}`,
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: apiDomain !== undefined,
      // Compression does not make smaller responses any smaller.
      minCompressionSize: Size.kibibytes(1),
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: getRemovalPolicy(config),
      deployOptions: createStageOptions(this, { config, expensiveRoutes }),
    });
    requireTls(this.api);
    createExecutionLogGroup(this.api, config);
    addGatewayResponses(this.api);
    acknowledgeApiRules(this.api);

    const signedInOptions = this.createSignedInOptions(userPool);
    for (const audience of audiences) this.addRoutes(audience, signedInOptions);
    this.addOtherMethods(config);

    addApiWebAcl(this.api, config);
    this.url = apiDomain ? addCustomDomain(apiDomain, this.api) : this.api.url;
  }

  private addRoutes({ routes, handler }: Audience, signedInOptions: MethodOptions): void {
    // One permission for the whole API: one per method would exceed the size limit of a function's policy.
    const integration = new LambdaIntegration(handler, { scopePermissionToMethod: false });
    for (const [route, { access }] of Object.entries<Operation>(routes)) {
      const [routeMethod = '', path = ''] = route.split(' ');
      const resource = this.api.root.resourceForPath(path);
      const httpMethods = routeMethod === 'GET' ? ['GET', 'HEAD'] : [routeMethod];
      for (const httpMethod of httpMethods) {
        const method = resource.addMethod(
          httpMethod,
          integration,
          access === 'public' ? PUBLIC_OPTIONS : signedInOptions,
        );
        if (access === 'public')
          acknowledgePublicMethod(method, 'It is public in the contract and returns no personal data.');
      }
      this.methodsByResource.set(resource, [...(this.methodsByResource.get(resource) ?? []), ...httpMethods]);
    }
  }

  private addOtherMethods({ corsOrigins }: StageConfig): void {
    for (const [resource, methods] of this.methodsByResource) {
      const allowHeader = [...methods, 'OPTIONS'].sort().join(', ');
      const preflight = addPreflight(resource, { origins: corsOrigins, methods, allowHeader });
      acknowledgePublicMethod(preflight, 'Browsers send preflight requests without a token.');
      const methodNotAllowed = addMethodNotAllowed(resource, allowHeader);
      acknowledgePublicMethod(methodNotAllowed, 'It always responds with 405 and calls nothing.');
    }
  }

  private createSignedInOptions(userPool: IUserPool): MethodOptions {
    return {
      authorizationType: AuthorizationType.COGNITO,
      authorizer: new CognitoUserPoolsAuthorizer(this, 'Authorizer', { cognitoUserPools: [userPool] }),
      // API Gateway accepts access tokens only if a scope is listed. Tokens of every sign-in have this one.
      authorizationScopes: ['aws.cognito.signin.user.admin'],
    };
  }
}

const PUBLIC_OPTIONS: MethodOptions = { authorizationType: AuthorizationType.NONE };
