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
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import { acknowledgeApi, acknowledgeOpen } from './acknowledged-api.ts';
import { serveAt } from './api-domain.ts';
import { keepExecutionLogs } from './api-logs.ts';
import { shieldApi } from './api-shield.ts';
import { stageOf } from './api-stage.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { refuseOtherMethods } from './method-not-allowed.ts';
import { answerPreflight } from './preflight.ts';
import { requireTls } from './require-tls.ts';

/** What one function answers: its contract's routes, `METHOD /path`, with who may call each. */
export interface Audience {
  readonly routes: Readonly<Record<string, 'public' | 'signed-in' | readonly string[]>>;
  readonly handler: IFunction;
}

export interface ClinicApiProps {
  readonly config: StageConfig;
  readonly userPool: IUserPool;
  readonly audiences: readonly Audience[];
  /** Routes that cost a hundred times what others do, and are let through slowly. */
  readonly expensive: readonly string[];
}

/**
 * The HTTP API, route by route as the contracts say. A route that is not public is called with an access token of the user
 * pool; whose group may call it is the function's own check. Each GET is a HEAD too. Whatever API Gateway answers by itself is a
 * problem document.
 */
export class ClinicApi extends Construct {
  readonly url: string;
  private readonly api: RestApi;
  private readonly methodsOf = new Map<Resource, string[]>();

  constructor(scope: Construct, id: string, { config, userPool, audiences, expensive }: ClinicApiProps) {
    super(scope, id);
    const { apiDomain } = config;
    this.api = new RestApi(this, 'RestApi', {
      restApiName: `MedBook-${config.stage}`,
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: apiDomain !== undefined,
      // A compressed answer of less would be no smaller.
      minCompressionSize: Size.kibibytes(1),
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: removalPolicyOf(config),
      deployOptions: stageOf(this, { config, expensive }),
    });
    requireTls(this.api);
    keepExecutionLogs(this.api, config);
    addGatewayResponses(this.api);
    acknowledgeApi(this.api);

    const signedIn = this.signedIn(userPool);
    for (const audience of audiences) this.addRoutes(audience, signedIn);
    this.answerOtherMethods(config);

    shieldApi(this.api, config);
    this.url = apiDomain ? serveAt(apiDomain, this.api) : this.api.url;
  }

  private addRoutes({ routes, handler }: Audience, signedIn: MethodOptions): void {
    // One permission for the whole API: one for each method outgrows what a function's policy may hold.
    const integration = new LambdaIntegration(handler, { scopePermissionToMethod: false });
    for (const [route, access] of Object.entries(routes)) {
      const [name = '', path = ''] = route.split(' ');
      const resource = this.api.root.resourceForPath(path);
      const names = name === 'GET' ? ['GET', 'HEAD'] : [name];
      for (const one of names) {
        const method = resource.addMethod(one, integration, access === 'public' ? OPEN : signedIn);
        if (access === 'public') acknowledgeOpen(method, 'The contract has it as public: it shows nobody’s data.');
      }
      this.methodsOf.set(resource, [...(this.methodsOf.get(resource) ?? []), ...names]);
    }
  }

  private answerOtherMethods({ corsOrigins }: StageConfig): void {
    for (const [resource, methods] of this.methodsOf) {
      const allow = [...methods, 'OPTIONS'].sort().join(', ');
      const preflight = answerPreflight(resource, { origins: corsOrigins, methods, allow });
      acknowledgeOpen(preflight, 'A browser asks it before it may send a token.');
      const other = refuseOtherMethods(resource, allow);
      acknowledgeOpen(other, 'It says 405 to everybody and calls nothing.');
    }
  }

  private signedIn(userPool: IUserPool): MethodOptions {
    return {
      authorizationType: AuthorizationType.COGNITO,
      authorizer: new CognitoUserPoolsAuthorizer(this, 'Authorizer', { cognitoUserPools: [userPool] }),
      // Only with a scope listed does API Gateway take access tokens, and this is the one that every sign-in carries.
      authorizationScopes: ['aws.cognito.signin.user.admin'],
    };
  }
}

const OPEN: MethodOptions = { authorizationType: AuthorizationType.NONE };
