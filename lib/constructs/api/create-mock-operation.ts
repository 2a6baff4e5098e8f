/** Options of `createMockOperation`. */
export interface MockOperationProps {
  readonly statusCode: number;
  /** The response headers. Their values are quoted here, so they contain no single quotes. */
  readonly headers: Readonly<Record<string, string>>;
  /** A template of API Gateway. @default - no body */
  readonly body?: string;
}

/**
 * Creates an operation that always responds with one status and calls nothing. The caller's body must not pass through: API Gateway would
 * parse it as such a template and fail. Bodies of a content type that is not listed get 415.
 */
export function createMockOperation({ statusCode, headers, body }: MockOperationProps) {
  const template = JSON.stringify({ statusCode });
  const names = Object.keys(headers);
  return {
    responses: {
      // API Gateway sends only the headers that are declared.
      [statusCode]: {
        description: 'Without a function.',
        headers: Object.fromEntries(names.map((name) => [name, { schema: { type: 'string' } }])),
      },
    },
    'x-amazon-apigateway-integration': {
      type: 'mock',
      passthroughBehavior: 'never',
      requestTemplates: Object.fromEntries(CONTENT_TYPES.map((type) => [type, template])),
      responses: {
        default: {
          statusCode: String(statusCode),
          responseParameters: Object.fromEntries(
            names.map((name) => [`method.response.header.${name}`, `'${headers[name]}'`]),
          ),
          ...(body === undefined ? {} : { responseTemplates: { 'application/json': body } }),
        },
      },
    },
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
