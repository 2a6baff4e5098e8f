import { describeRefusal, type RefusalCode } from '@medbook/contract/refusals';
import { createProblemTemplate, PROBLEM_HEADERS } from './problem-template.ts';

/** Creates API Gateway's own error responses: problem documents with the contract's status codes. */
export const createGatewayResponses = () =>
  Object.fromEntries(Object.entries(REFUSAL_CODES).map(([type, code]) => [type, createGatewayResponse(code)]));

function createGatewayResponse(code: RefusalCode) {
  const { status, retryAfterSeconds = RETRY_AFTER_SECONDS[code] } = describeRefusal(code);
  const headers = {
    ...PROBLEM_HEADERS,
    // Required with a 401 (RFC 9110, 15.5.2).
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(retryAfterSeconds && { 'Retry-After': String(retryAfterSeconds) }),
  };
  return {
    statusCode: String(status),
    responseParameters: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, `'${value}'`]),
    ),
    responseTemplates: { 'application/json': createProblemTemplate(code) },
  };
}

const RETRY_AFTER_SECONDS: Readonly<Partial<Record<RefusalCode, number>>> = { rate_limited: 1 };

const REFUSAL_CODES: Readonly<Record<string, RefusalCode>> = {
  UNAUTHORIZED: 'unauthorized',
  EXPIRED_TOKEN: 'unauthorized',
  // An unknown path, without and with an Authorization header. With one API Gateway expects an AWS signature, which no
  // route uses.
  MISSING_AUTHENTICATION_TOKEN: 'not_found',
  INVALID_SIGNATURE: 'not_found',
  RESOURCE_NOT_FOUND: 'not_found',
  ACCESS_DENIED: 'forbidden',
  INVALID_API_KEY: 'forbidden',
  WAF_FILTERED: 'forbidden',
  BAD_REQUEST_BODY: 'invalid_request',
  BAD_REQUEST_PARAMETERS: 'invalid_request',
  REQUEST_TOO_LARGE: 'payload_too_large',
  UNSUPPORTED_MEDIA_TYPE: 'unsupported_media_type',
  THROTTLED: 'rate_limited',
  QUOTA_EXCEEDED: 'rate_limited',
  AUTHORIZER_FAILURE: 'internal',
  AUTHORIZER_CONFIGURATION_ERROR: 'internal',
  API_CONFIGURATION_ERROR: 'internal',
  INTEGRATION_FAILURE: 'internal',
  INTEGRATION_TIMEOUT: 'unavailable',
  DEFAULT_4XX: 'invalid_request',
  DEFAULT_5XX: 'internal',
};
