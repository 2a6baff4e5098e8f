/**
 * The gateway itself refuses or fails: the name of API Gateway's response type, the status it has unless the template
 * says otherwise, and API Gateway's own words.
 */
export class GatewayFault extends Error {
  readonly responseType: string;
  readonly status: number;

  constructor(fault: FaultName, message: string = FAULTS[fault].message, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GatewayFault';
    this.responseType = FAULTS[fault].responseType;
    this.status = FAULTS[fault].status;
  }
}

export type FaultName = keyof typeof FAULTS;

const FAULTS = {
  badRequest: { responseType: 'DEFAULT_4XX', status: 400, message: 'Bad Request' },
  unauthorized: { responseType: 'UNAUTHORIZED', status: 401, message: 'Unauthorized' },
  // API Gateway's answer to every path and method that it does not know.
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
  // A function that fails, and an answer of a function that is none.
  badIntegration: { responseType: 'DEFAULT_5XX', status: 502, message: 'Internal server error' },
  integrationTimeout: { responseType: 'INTEGRATION_TIMEOUT', status: 504, message: 'Endpoint request timed out' },
} as const;
