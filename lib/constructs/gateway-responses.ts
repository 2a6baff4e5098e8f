import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { PROBLEM_HEADERS, type Problem, problem } from './problem.ts';

/** Turns all that API Gateway answers without asking a function into problem documents, with the statuses of the HTTP contract. */
export function addGatewayResponses(api: RestApi): void {
  for (const [name, answer] of Object.entries(answers)) {
    api.addGatewayResponse(name, {
      type: ResponseType.of(name),
      statusCode: String(answer.status),
      responseHeaders: {
        ...PROBLEM_HEADERS,
        // What a 401 must have (RFC 9110, 15.5.2).
        ...(answer.status === 401 && { 'WWW-Authenticate': "'Bearer'" }),
        ...(answer.retryAfterSeconds && { 'Retry-After': `'${answer.retryAfterSeconds}'` }),
      },
      templates: { 'application/json': problem(answer) },
    });
  }
}

interface GatewayAnswer extends Problem {
  readonly retryAfterSeconds?: number;
}

const invalid = { status: 400, code: 'invalid_request', detail: 'The request is malformed.' };
const unauthorized = { status: 401, code: 'unauthorized', detail: 'Sign in and send a valid access token.' };
const forbidden = { status: 403, code: 'forbidden', detail: 'You may not do this.' };
const notFound = { status: 404, code: 'not_found', detail: 'There is nothing at this path.' };
/** Also what the firewall says to a flood. */
export const TOO_MANY = {
  status: 429,
  code: 'rate_limited',
  detail: 'Too many requests: wait a moment.',
  retryAfterSeconds: 1,
};
const internal = { status: 500, code: 'internal', detail: 'Something went wrong on our side.' };
const unavailable = { status: 503, code: 'unavailable', detail: 'Try again in a moment.', retryAfterSeconds: 2 };

const answers: Record<string, GatewayAnswer> = {
  UNAUTHORIZED: unauthorized,
  EXPIRED_TOKEN: unauthorized,
  // An unknown path, without an Authorization header and with one: API Gateway then looks for an AWS signature, which no route uses.
  MISSING_AUTHENTICATION_TOKEN: notFound,
  INVALID_SIGNATURE: notFound,
  RESOURCE_NOT_FOUND: notFound,
  ACCESS_DENIED: forbidden,
  INVALID_API_KEY: forbidden,
  WAF_FILTERED: forbidden,
  BAD_REQUEST_BODY: invalid,
  BAD_REQUEST_PARAMETERS: invalid,
  REQUEST_TOO_LARGE: { status: 413, code: 'payload_too_large', detail: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, code: 'unsupported_media_type', detail: 'Send application/json.' },
  THROTTLED: TOO_MANY,
  QUOTA_EXCEEDED: TOO_MANY,
  AUTHORIZER_FAILURE: internal,
  AUTHORIZER_CONFIGURATION_ERROR: internal,
  API_CONFIGURATION_ERROR: internal,
  INTEGRATION_FAILURE: internal,
  INTEGRATION_TIMEOUT: unavailable,
  DEFAULT_4XX: invalid,
  DEFAULT_5XX: internal,
};
