import { AuthorizationType, type Method, MockIntegration, type Resource } from 'aws-cdk-lib/aws-apigateway';
import { alwaysStatus } from './mock-request.ts';
import { PROBLEM_HEADERS, problem } from './problem.ts';

/** Makes a path answer 405, with `Allow`, to every method that it does not have: by itself API Gateway says 403. */
export function refuseOtherMethods(resource: Resource, allowed: string): Method {
  const headers = inAnswer({ ...PROBLEM_HEADERS, Allow: `'${allowed}'` });
  const body = problem({ status: 405, code: 'method_not_allowed', detail: `This path takes ${allowed}.` });

  return resource.addMethod(
    'ANY',
    new MockIntegration({
      ...alwaysStatus(405),
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

function inAnswer(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]));
}
