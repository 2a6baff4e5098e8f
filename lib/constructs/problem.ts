import { STATUS_CODES } from 'node:http';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/**
 * What every problem document of API Gateway goes with, quoted as its mappings want it. Any origin may read it: such an answer
 * holds nobody's data, and a page that cannot read it would see a network failure instead of the reason. The rest is as on the
 * answers of the functions, but for the policy of contents: API Gateway takes no quotes within quotes.
 */
export const PROBLEM_HEADERS = {
  'Content-Type': "'application/problem+json'",
  'Access-Control-Allow-Origin': "'*'",
  'Access-Control-Expose-Headers': "'Allow, Retry-After'",
  'Cache-Control': "'no-store'",
  'Referrer-Policy': "'no-referrer'",
  'Strict-Transport-Security': "'max-age=31536000; includeSubDomains'",
  'X-Content-Type-Options': "'nosniff'",
};

/** A problem document as API Gateway's template: like those of the functions, with the request's id filled in by API Gateway. */
export function problem(answer: Problem): string {
  return JSON.stringify({ ...document(answer), requestId: '$context.requestId' });
}

/** A problem document from where a request has no id yet. */
export function flatProblem(answer: Problem): string {
  return JSON.stringify(document(answer));
}

function document({ status, code, detail }: Problem) {
  return { type: 'about:blank', title: TITLES[status], status, code, detail };
}

// Node still has the name that 413 had before RFC 9110.
const TITLES: typeof STATUS_CODES = { ...STATUS_CODES, 413: 'Content Too Large' };
