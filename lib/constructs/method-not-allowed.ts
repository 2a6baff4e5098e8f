import {
  AuthorizationType,
  type Method,
  MockIntegration,
  PassthroughBehavior,
  type Resource,
} from 'aws-cdk-lib/aws-apigateway';
import { PROBLEM_HEADERS, problem } from './problem.ts';

/**
 * Makes a path answer 405, with `Allow`, to every method that it does not have: by itself API Gateway says 403. A body of a
 * type that is not listed below gets 415 instead, which is as true.
 */
export function refuseOtherMethods(resource: Resource, allowed: readonly string[]): Method {
  const methods = [...allowed].sort().join(', ');
  const headers = inAnswer({ ...PROBLEM_HEADERS, Allow: `'${methods}'` });
  const body = problem({ status: 405, code: 'method_not_allowed', detail: `This path takes ${methods}.` });

  return resource.addMethod(
    'ANY',
    new MockIntegration({
      // A mock reads the status to answer from what it is sent. What the caller sends must therefore never pass through.
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: Object.fromEntries(BODY_TYPES.map((type) => [type, '{ "statusCode": 405 }'])),
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

// The first also stands for a request without a body.
const BODY_TYPES = [
  'application/json',
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/octet-stream',
  'application/xml',
  'text/xml',
  'text/plain',
];

function inAnswer(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]));
}
