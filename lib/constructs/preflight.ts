import { Duration } from 'aws-cdk-lib';
import { CfnMethod, type Method, type Resource } from 'aws-cdk-lib/aws-apigateway';
import { alwaysStatus } from './mock-request.ts';

export interface PreflightProps {
  /** The web pages that may call the API, or `*` alone. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** All methods of the path, as in the header of this name. */
  readonly allow: string;
}

/** Makes a path answer `OPTIONS`: to a browser, which pages may call it and how, and to everybody what it takes. */
export function answerPreflight(resource: Resource, { origins, methods, allow }: PreflightProps): Method {
  const preflight: Method = resource.addCorsPreflight({
    allowOrigins: [...origins],
    allowMethods: [...methods],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'],
    maxAge: Duration.hours(1),
  });
  const { defaultChild } = preflight.node;
  if (!(defaultChild instanceof CfnMethod))
    throw new Error('The CDK makes a preflight of something else than a method.');
  // The CDK knows no Allow, and takes a body of another type for its template.
  const { passthroughBehavior, requestTemplates } = alwaysStatus(204);
  defaultChild.addPropertyOverride('Integration.PassthroughBehavior', passthroughBehavior);
  defaultChild.addPropertyOverride('Integration.RequestTemplates', requestTemplates);
  defaultChild.addPropertyOverride(`Integration.IntegrationResponses.0.${ALLOW}`, `'${allow}'`);
  defaultChild.addPropertyOverride(`MethodResponses.0.${ALLOW}`, true);
  return preflight;
}

const ALLOW = 'ResponseParameters.method\\.response\\.header\\.Allow';
