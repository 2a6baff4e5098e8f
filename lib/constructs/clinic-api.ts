import { Duration } from 'aws-cdk-lib';
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
import type { StageConfig } from '../config/stages.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { refuseOtherMethods } from './method-not-allowed.ts';

/** What one function answers: its contract's routes, `METHOD /path`, with who may call each. */
export interface Audience {
  readonly routes: Readonly<Record<string, 'public' | 'signed-in' | readonly string[]>>;
  readonly handler: IFunction;
}

export interface ClinicApiProps {
  readonly config: StageConfig;
  readonly userPool: IUserPool;
  readonly audiences: readonly Audience[];
}

/**
 * The HTTP API, route by route as the contracts say. A route that is not public is called with an access token of the user
 * pool; whose group may call it is the function's own check. Whatever API Gateway answers by itself is a problem document.
 */
export class ClinicApi extends Construct {
  readonly url: string;
  private readonly api: RestApi;
  private readonly methodsOf = new Map<Resource, string[]>();

  constructor(scope: Construct, id: string, { config, userPool, audiences }: ClinicApiProps) {
    super(scope, id);
    this.api = new RestApi(this, 'RestApi', {
      restApiName: `MedBook-${config.stage}`,
      endpointTypes: [EndpointType.REGIONAL],
      deployOptions: { stageName: 'v1', tracingEnabled: true },
    });
    this.url = this.api.url;
    addGatewayResponses(this.api);

    const signedIn = this.signedIn(userPool);
    for (const audience of audiences) this.addRoutes(audience, signedIn);

    for (const [resource, methods] of this.methodsOf) {
      resource.addCorsPreflight({
        allowOrigins: [...config.corsOrigins],
        allowMethods: methods,
        allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match'],
        maxAge: Duration.hours(1),
      });
      refuseOtherMethods(resource, [...methods, 'OPTIONS']);
    }
  }

  private addRoutes({ routes, handler }: Audience, signedIn: MethodOptions): void {
    // One permission for the whole API: one for each method outgrows what a function's policy may hold.
    const integration = new LambdaIntegration(handler, { scopePermissionToMethod: false });
    for (const [route, access] of Object.entries(routes)) {
      const [method = '', path = ''] = route.split(' ');
      const resource = this.api.root.resourceForPath(path);
      resource.addMethod(method, integration, access === 'public' ? open : signedIn);
      this.methodsOf.set(resource, [...(this.methodsOf.get(resource) ?? []), method]);
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

const open: MethodOptions = { authorizationType: AuthorizationType.NONE };
