import { createMockOperation } from './create-mock-operation.ts';

/** Options of `createPreflight`. */
export interface PreflightProps {
  /** The web origins that may call the API, or `*` alone. */
  readonly origins: readonly string[];
  /** The methods that web pages may use. */
  readonly methods: readonly string[];
  /** The value of the `Allow` header: all methods of the path. */
  readonly allowHeader: string;
}

/** Creates the `OPTIONS` method of a path: the CORS preflight for browsers, and `Allow` for all clients. */
export function createPreflight({ origins, methods, allowHeader }: PreflightProps) {
  const [firstOrigin = '', ...otherOrigins] = origins;
  return createMockOperation({
    statusCode: 204,
    headers: {
      Allow: allowHeader,
      'Access-Control-Allow-Origin': firstOrigin,
      ...(firstOrigin === '*' ? {} : { Vary: 'Origin' }),
      'Access-Control-Allow-Methods': methods.join(','),
      'Access-Control-Allow-Headers': 'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match',
      'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
    },
    ...(otherOrigins.length > 0 ? { body: createOriginTemplate(otherOrigins) } : {}),
  });
}

const MAX_AGE_SECONDS = 3600;

/** Creates a template that allows the request's origin instead of the first one, if it is one of these. */
function createOriginTemplate(origins: readonly string[]): string {
  const condition = origins.map((origin) => `$origin == "${origin}"`).join(' || ');
  return [
    '#set($origin = $input.params().header.get("Origin"))',
    '#if($origin == "")#set($origin = $input.params().header.get("origin"))#end',
    `#if(${condition})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end`,
  ].join('\n');
}
