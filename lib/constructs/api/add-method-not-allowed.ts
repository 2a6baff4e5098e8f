import { AuthorizationType, type Method, MockIntegration, type Resource } from 'aws-cdk-lib/aws-apigateway';
import { createMockRequest } from './create-mock-request.ts';
import { createProblemTemplate, PROBLEM_HEADERS } from './problem-template.ts';

/** Adds a 405 response with `Allow` for all methods that a path does not have. API Gateway's default is 403. */
export function addMethodNotAllowed(resource: Resource, allowHeader: string): Method {
  const headers = toResponseParameters({ ...PROBLEM_HEADERS, Allow: `'${allowHeader}'` });
  const body = createProblemTemplate('method_not_allowed', { value: allowHeader });

  return resource.addMethod(
    'ANY',
    new MockIntegration({
      ...createMockRequest(405),
      integrationResponses: [
        { statusCode: '405', responseParameters: headers, responseTemplates: { 'application/json': body } },
      ],
    }),
    {
      authorizationType: AuthorizationType.NONE,
      methodResponses: [
        { statusCode: '405', responseParameters: Object.fromEntries(Object.keys(headers).map((name) => [name, true])) },
      ],
    },
  );
}

function toResponseParameters(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]));
}
