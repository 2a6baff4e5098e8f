import type { GatewayError } from './gateway-error.ts';
import type { ApiRequest } from './integration.ts';

/** Returns a text for one request, or for its error. */
export type Mapping = (request: ApiRequest, error?: GatewayError) => string;

const VARIABLE = /\$(?:context\.([\w.-]*\w)|\{context\.([\w.-]*\w)\})/g;

/**
 * Compiles a response template: text with `$context.…` variables. A variable without a value is empty, as in API Gateway.
 *
 * @throws when the template uses any other feature of Velocity
 */
export function compileTemplateMapping(template: string, label: string): Mapping {
  const remainder = template.replace(VARIABLE, '');
  if (/#(set|if|foreach|else|end|macro)\b|\$\w/.test(remainder))
    throw new Error(
      `The template of ${label} uses Velocity beyond $context variables, which the local gateway does not support.`,
    );
  return (request, error) =>
    template.replace(VARIABLE, (_, bare?: string, braced?: string) =>
      getContextVariable(bare ?? braced ?? '', request, error),
    );
}

/**
 * Compiles the value of a mapped header: `'quoted text'`, `context.…` or `method.request.header.…`.
 *
 * @throws for any other expression
 */
export function compileParameterMapping(expression: string, label: string): Mapping {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return () => literal;
  const variable = /^context\.(.+)$/.exec(expression)?.[1];
  if (variable !== undefined) return (request, error) => getContextVariable(variable, request, error);
  const header = /^method\.request\.header\.(.+)$/.exec(expression)?.[1]?.toLowerCase();
  if (header !== undefined) return ({ headers }) => String(headers[header] ?? '');
  throw new Error(
    `${label} is mapped from ${expression}, which the local gateway does not support: use 'quoted text'.`,
  );
}

function getContextVariable(name: string, { context }: ApiRequest, error: GatewayError | undefined): string {
  if (name === 'error.message') return error?.message ?? '';
  if (name === 'error.messageString') return error ? JSON.stringify(error.message) : '';
  if (name === 'error.responseType') return error?.responseType ?? '';
  let value: unknown = context;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = new Map<string, unknown>(Object.entries(value)).get(part);
  }
  return value === null || value === undefined ? '' : String(value);
}
