import { createMockOperation } from './create-mock-operation.ts';
import { createProblemTemplate, PROBLEM_HEADERS } from './problem-template.ts';

/** Creates the 405 response for all methods that a path does not have. API Gateway's default is 403. */
export const createMethodNotAllowed = (allowHeader: string) =>
  createMockOperation({
    statusCode: 405,
    headers: { ...PROBLEM_HEADERS, Allow: allowHeader },
    body: createProblemTemplate('method_not_allowed', { value: allowHeader }),
  });
