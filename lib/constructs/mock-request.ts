import { PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';

/**
 * How a mock reads the status to answer from what it is sent: always this one. What the caller sends must never pass through:
 * API Gateway would read it as such a template, and fail. A body of a type that is not listed gets 415 instead.
 */
export function alwaysStatus(statusCode: number) {
  const template = JSON.stringify({ statusCode });
  return {
    passthroughBehavior: PassthroughBehavior.NEVER,
    requestTemplates: Object.fromEntries(BODY_TYPES.map((type) => [type, template])),
  };
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
