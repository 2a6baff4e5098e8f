import type { Exchange } from './exchange.ts';

/**
 * The origin to allow in place of the mapped one, for the template that the CDK writes when a preflight allows several
 * origins: it is the one piece of real Velocity in our templates.
 */
export type OriginOverride = (exchange: Exchange) => string | undefined;

/** Reads the CDK's template, or gives `undefined` when it is not that. */
export function originOverride(template: string): OriginOverride | undefined {
  if (!template.includes('#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)'))
    return undefined;
  const origins = new Set([...template.matchAll(/\$origin == "([^"]+)"/g)].map(([, origin]) => origin));
  return ({ headers }) => (headers.origin !== undefined && origins.has(headers.origin) ? headers.origin : undefined);
}
