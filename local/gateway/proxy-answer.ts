import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import type { Answer } from './exchange.ts';
import { GatewayFault } from './gateway-fault.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const proxyResult = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * The answer that a function's result stands for.
 *
 * @param wantsBinary whether the caller accepts one of the API's binary media types: only then is base64 decoded
 * @throws GatewayFault when the result is not one that a Lambda proxy integration takes
 */
export function proxyAnswer(payload: unknown, wantsBinary: boolean): Answer {
  const result = proxyResult.safeParse(payload);
  if (!result.success) throw malformed(z.prettifyError(result.error));
  const { statusCode, body, isBase64Encoded } = result.data;
  const headers = new Map<string, string | readonly string[]>();
  const spelling = new Map<string, string>();
  const add = (name: string, value: string | readonly string[]) => {
    const key = name.toLowerCase();
    const sent = spelling.get(key) ?? sentName(name, key);
    spelling.set(key, sent);
    if (sent === '') return;
    check(sent, value);
    headers.set(sent, value);
  };
  for (const [name, value] of Object.entries(result.data.headers ?? {})) add(name, value);
  for (const [name, values] of Object.entries(result.data.multiValueHeaders ?? {})) add(name, values);
  if (!spelling.has('content-type')) headers.set('Content-Type', 'application/json');
  const text = body ?? '';
  return { status: statusCode, headers, body: isBase64Encoded && wantsBinary ? Buffer.from(text, 'base64') : text };
}

/** API Gateway keeps these for itself: what a function says there is sent under another name, or not at all. */
function sentName(name: string, key: string): string {
  if (DROPPED.has(key)) return '';
  return REMAPPED.has(key) ? `x-amzn-Remapped-${name}` : name;
}

const REMAPPED = new Set([
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
const DROPPED = new Set(['expect', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

function check(name: string, value: string | readonly string[]): void {
  try {
    validateHeaderName(name);
    for (const one of [value].flat()) validateHeaderValue(name, one);
  } catch (error) {
    throw malformed(`${name} is not a header that can be sent: ${error}`);
  }
}

function malformed(reason: string): GatewayFault {
  return new GatewayFault('badIntegration', undefined, {
    cause: new Error(`Malformed Lambda proxy response:\n${reason}`),
  });
}
