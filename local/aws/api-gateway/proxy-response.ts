import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { GatewayError } from './gateway-error.ts';
import type { HttpResponse } from './integration.ts';

const scalarSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const proxyResultSchema = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), scalarSchema).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalarSchema)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Converts a function's result to the HTTP response.
 *
 * @param acceptsBinary whether the caller accepts one of the API's binary media types: only then is base64 decoded
 * @throws GatewayError when the result is not valid for a Lambda proxy integration
 */
export function toHttpResponse(payload: unknown, acceptsBinary: boolean): HttpResponse {
  const result = proxyResultSchema.safeParse(payload);
  if (!result.success) throw createMalformedResponseError(z.prettifyError(result.error));
  const { statusCode, body, isBase64Encoded } = result.data;
  const headers = new Map<string, string | readonly string[]>();
  const sentNames = new Map<string, string>();
  const addHeader = (name: string, value: string | readonly string[]) => {
    const key = name.toLowerCase();
    const sent = sentNames.get(key) ?? toSentName(name, key);
    sentNames.set(key, sent);
    if (sent === '') return;
    validateHeader(sent, value);
    headers.set(sent, value);
  };
  for (const [name, value] of Object.entries(result.data.headers ?? {})) addHeader(name, value);
  for (const [name, values] of Object.entries(result.data.multiValueHeaders ?? {})) addHeader(name, values);
  if (!sentNames.has('content-type')) headers.set('Content-Type', 'application/json');
  const text = body ?? '';
  return { status: statusCode, headers, body: isBase64Encoded && acceptsBinary ? Buffer.from(text, 'base64') : text };
}

/** Returns the name under which API Gateway sends a header of a function: it renames some headers, and drops others (empty name). */
function toSentName(name: string, key: string): string {
  if (DROPPED_HEADERS.has(key)) return '';
  return REMAPPED_HEADERS.has(key) ? `x-amzn-Remapped-${name}` : name;
}

const REMAPPED_HEADERS = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'host',
  'server',
  'user-agent',
  'www-authenticate',
]);
const DROPPED_HEADERS = new Set(['expect', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

function validateHeader(name: string, value: string | readonly string[]): void {
  try {
    validateHeaderName(name);
    for (const one of [value].flat()) validateHeaderValue(name, one);
  } catch (error) {
    throw createMalformedResponseError(`${name} is not a valid header: ${error}`);
  }
}

function createMalformedResponseError(reason: string): GatewayError {
  return new GatewayError('badIntegration', undefined, {
    cause: new Error(`Malformed Lambda proxy response:\n${reason}`),
  });
}
