import { getTitle, type Problem } from '@medbook/contract/problem';
import { describeRefusal, type RefusalCode, type RefusalFacts } from '@medbook/contract/refusals';

/**
 * The headers of API Gateway's own problem responses. Any origin may read them: they
 * hold no personal data, and a page that cannot read them would see a network failure instead of the reason. Otherwise
 * as in the functions' responses, without the Content-Security-Policy: API Gateway does not accept quotes within
 * quotes.
 */
export const PROBLEM_HEADERS = {
  'Content-Type': 'application/problem+json',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Allow, Retry-After',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

/** Returns a problem document as an API Gateway template, which inserts the request ID. */
export function createProblemTemplate(code: RefusalCode, facts?: RefusalFacts): string {
  return JSON.stringify({ ...createProblemWithoutRequestId(code, facts), requestId: '$context.requestId' });
}

/** Returns a problem document for responses that have no request ID, such as those of the web ACL. */
export function createProblemWithoutRequestId(code: RefusalCode, facts?: RefusalFacts): Omit<Problem, 'requestId'> {
  const { status, detail } = describeRefusal(code, facts);
  return { type: 'about:blank', title: getTitle(status), status, code, detail };
}
