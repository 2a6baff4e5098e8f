import type { Exchange } from './exchange.ts';
import type { GatewayFault } from './gateway-fault.ts';

/** Makes a text for one request. */
export type Mapping = (exchange: Exchange, fault?: GatewayFault) => string;

const VARIABLE = /\$(?:context\.([\w.-]*\w)|\{context\.([\w.-]*\w)\})/g;

/**
 * A response template: text with `$context.…` variables. A variable without a value is empty, as in API Gateway.
 *
 * @throws when the template needs more of the Velocity language than this
 */
export function templateMapping(template: string, where: string): Mapping {
  const rest = template.replace(VARIABLE, '');
  if (/#(set|if|foreach|else|end|macro)\b|\$\w/.test(rest))
    throw new Error(`The template of ${where} uses Velocity beyond $context variables, which the local gateway lacks.`);
  return (exchange, fault) =>
    template.replace(VARIABLE, (_, bare?: string, braced?: string) =>
      contextVariable(bare ?? braced ?? '', exchange, fault),
    );
}

/**
 * The value of a mapped header: `'quoted text'`, `context.…` or `method.request.header.…`.
 *
 * @throws when it is something else
 */
export function parameterMapping(expression: string, where: string): Mapping {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return () => literal;
  const variable = /^context\.(.+)$/.exec(expression)?.[1];
  if (variable !== undefined) return (exchange, fault) => contextVariable(variable, exchange, fault);
  const header = /^method\.request\.header\.(.+)$/.exec(expression)?.[1]?.toLowerCase();
  if (header !== undefined) return ({ headers }) => String(headers[header] ?? '');
  throw new Error(`${where} is mapped from ${expression}, which the local gateway lacks: use 'quoted text'.`);
}

function contextVariable(name: string, { context }: Exchange, fault: GatewayFault | undefined): string {
  if (name === 'error.message') return fault?.message ?? '';
  if (name === 'error.messageString') return fault ? JSON.stringify(fault.message) : '';
  if (name === 'error.responseType') return fault?.responseType ?? '';
  let value: unknown = context;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = new Map<string, unknown>(Object.entries(value)).get(part);
  }
  return value === null || value === undefined ? '' : String(value);
}
