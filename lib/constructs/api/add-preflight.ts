import { Duration } from 'aws-cdk-lib';
import { CfnMethod, type Method, type Resource } from 'aws-cdk-lib/aws-apigateway';
import { createMockRequest } from './create-mock-request.ts';

/** Options of `addPreflight`. */
export interface PreflightProps {
  /** The web origins that may call the API, or `*` alone. */
  readonly origins: readonly string[];
  /** The methods that web pages may use. */
  readonly methods: readonly string[];
  /** The value of the `Allow` header: all methods of the path. */
  readonly allowHeader: string;
}

/** Adds the `OPTIONS` method of a path: the CORS preflight for browsers, and `Allow` for all clients. */
export function addPreflight(resource: Resource, { origins, methods, allowHeader }: PreflightProps): Method {
  const preflight: Method = resource.addCorsPreflight({
    allowOrigins: [...origins],
    allowMethods: [...methods],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'],
    maxAge: Duration.hours(1),
  });
  const { defaultChild } = preflight.node;
  if (!(defaultChild instanceof CfnMethod)) throw new Error('Expected CDK to create a CfnMethod for the preflight.');
  // CDK does not support the Allow header here, and its integration would pass through bodies of other content types.
  const { passthroughBehavior, requestTemplates } = createMockRequest(204);
  defaultChild.addPropertyOverride('Integration.PassthroughBehavior', passthroughBehavior);
  defaultChild.addPropertyOverride('Integration.RequestTemplates', requestTemplates);
  defaultChild.addPropertyOverride(`Integration.IntegrationResponses.0.${ALLOW_PARAMETER}`, `'${allowHeader}'`);
  defaultChild.addPropertyOverride(`MethodResponses.0.${ALLOW_PARAMETER}`, true);
  return preflight;
}

const ALLOW_PARAMETER = 'ResponseParameters.method\\.response\\.header\\.Allow';
