import type { Operation } from '@medbook/contract/operation';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { RefusalError, type ValidationError } from '../refusal-error.ts';

/** The parts of a request before they are checked. */
export interface RawRequest {
  readonly path: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/**
 * Returns a parser of the requests of an operation, which checks all parts together and so reports every error at once.
 * It throws `invalid_request`.
 */
export function createRequestParser(operation: Operation): (raw: RawRequest) => RawRequest {
  const schema = z.object({
    path: operation.path ?? z.unknown(),
    query: operation.query ?? z.strictObject({}),
    headers: operation.headers ?? z.unknown(),
    body: operation.body ?? z.unknown(),
  });
  return (raw) => {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    throw new RefusalError('invalid_request', { validationErrors: result.error.issues.flatMap(toValidationErrors) });
  };
}

function toValidationErrors(issue: z.core.$ZodIssue): readonly ValidationError[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'unknown field: remove it' }));
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Returns the parsed JSON body of a request, or undefined if it has none.
 * @throws {RefusalError} if it is larger than 64 KB, has another content type, or is not JSON
 */
export function parseBody(event: APIGatewayProxyEvent): unknown {
  if (!event.body) return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new RefusalError('payload_too_large', { facts: { value: MAX_BODY_BYTES } });
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(getHeader(event, 'content-type') ?? '')) {
    throw new RefusalError('unsupported_media_type');
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new RefusalError('invalid_request', {
      cause,
      validationErrors: [{ path: 'body', message: 'expected JSON' }],
    });
  }
}

/** Returns a header by its lower-case name, regardless of its case in the request. */
export function getHeader(event: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
