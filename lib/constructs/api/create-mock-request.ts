import { PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';

/**
 * Returns the request templates of a mock integration that always responds with one status. The caller's body must not
 * pass through: API Gateway would parse it as such a template and fail. Bodies of a content type that is not listed get
 * 415.
 */
export function createMockRequest(statusCode: number) {
  const template = JSON.stringify({ statusCode });
  return {
    passthroughBehavior: PassthroughBehavior.NEVER,
    requestTemplates: Object.fromEntries(CONTENT_TYPES.map((type) => [type, template])),
  };
}

// The first one also applies to requests without a body.
const CONTENT_TYPES = [
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
