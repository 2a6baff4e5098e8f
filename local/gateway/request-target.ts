import { GatewayFault } from './gateway-fault.ts';

/** The parts of a request's target. `segments` are decoded; a slash at the end makes none. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
  segments(): readonly string[];
}

/**
 * Splits what stands in the request line: a path, or a whole URL as proxies are asked. By hand, because `URL` takes
 * `//clinics` for a host.
 */
export function requestTarget(url: string): RequestTarget {
  const [target = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split('#');
  const mark = target.indexOf('?');
  const path = (mark < 0 ? target : target.slice(0, mark)) || '/';
  return { path, query: mark < 0 ? '' : target.slice(mark + 1), segments: () => segmentsOf(path) };
}

/** @throws GatewayFault when the percent-encoding is malformed */
function segmentsOf(path: string): readonly string[] {
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent);
    return segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  } catch (error) {
    if (error instanceof URIError) throw new GatewayFault('badRequest', undefined, { cause: error });
    throw error;
  }
}
