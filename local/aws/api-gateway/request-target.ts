import { GatewayError } from './gateway-error.ts';

/** The parts of a request target. `segments` are decoded; a trailing slash adds none. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
  segments(): readonly string[];
}

/**
 * Parses the target of a request line: a path, or a whole URL as sent to proxies. Does not use `URL`, which would treat
 * `//clinics` as a host.
 */
export function parseRequestTarget(url: string): RequestTarget {
  const [target = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split('#');
  const queryStart = target.indexOf('?');
  const path = (queryStart < 0 ? target : target.slice(0, queryStart)) || '/';
  return { path, query: queryStart < 0 ? '' : target.slice(queryStart + 1), segments: () => decodeSegments(path) };
}

/** @throws GatewayError when the percent-encoding is malformed */
function decodeSegments(path: string): readonly string[] {
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent);
    return segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  } catch (error) {
    if (error instanceof URIError) throw new GatewayError('badRequest', undefined, { cause: error });
    throw error;
  }
}
