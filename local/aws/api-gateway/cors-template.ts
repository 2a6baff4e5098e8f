import type { ApiRequest } from './integration.ts';

/**
 * Returns the origin to allow instead of the mapped one, if any. The CDK writes a Velocity template for it when a preflight
 * allows several origins.
 */
export type OriginOverride = (request: ApiRequest) => string | undefined;

/** Parses the CDK's template; returns `undefined` for any other template. */
export function parseCorsTemplate(template: string): OriginOverride | undefined {
  if (!template.includes('#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)'))
    return undefined;
  const origins = new Set([...template.matchAll(/\$origin == "([^"]+)"/g)].map(([, origin]) => origin));
  return ({ headers }) => (headers.origin !== undefined && origins.has(headers.origin) ? headers.origin : undefined);
}
