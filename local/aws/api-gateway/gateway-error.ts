/**
 * An error of the gateway itself, with API Gateway's response type, its message, and its status unless the template sets
 * another.
 */
export class GatewayError extends Error {
  readonly responseType: string;
  readonly status: number;

  constructor(
    errorName: GatewayErrorName,
    message: string = GATEWAY_ERRORS[errorName].message,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GatewayError';
    this.responseType = GATEWAY_ERRORS[errorName].responseType;
    this.status = GATEWAY_ERRORS[errorName].status;
  }
}

/** The kinds of gateway errors. */
export type GatewayErrorName = keyof typeof GATEWAY_ERRORS;

const GATEWAY_ERRORS = {
  badRequest: { responseType: 'DEFAULT_4XX', status: 400, message: 'Bad Request' },
  unauthorized: { responseType: 'UNAUTHORIZED', status: 401, message: 'Unauthorized' },
  // API Gateway's response to an unknown path or method.
  noSuchRoute: { responseType: 'MISSING_AUTHENTICATION_TOKEN', status: 403, message: 'Missing Authentication Token' },
  tooLarge: { responseType: 'REQUEST_TOO_LARGE', status: 413, message: 'Request Too Long' },
  unsupportedMediaType: { responseType: 'UNSUPPORTED_MEDIA_TYPE', status: 415, message: 'Unsupported Media Type' },
  authorizerUnreachable: {
    responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
    status: 500,
    message: 'Internal server error',
  },
  configuration: { responseType: 'API_CONFIGURATION_ERROR', status: 500, message: 'Internal server error' },
  internal: { responseType: 'DEFAULT_5XX', status: 500, message: 'Internal server error' },
  // A failed function, or an invalid response from a function.
  badIntegration: { responseType: 'DEFAULT_5XX', status: 502, message: 'Internal server error' },
  integrationTimeout: { responseType: 'INTEGRATION_TIMEOUT', status: 504, message: 'Endpoint request timed out' },
} as const;
