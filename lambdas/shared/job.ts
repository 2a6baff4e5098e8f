import type { Context as LambdaContext } from 'aws-lambda';
import { logError } from './log.ts';
import { publishMetrics } from './metrics.ts';
import { Refused } from './refusal.ts';

/**
 * A function that something other than HTTP calls. What it throws is logged by us, without what PostgreSQL and AWS quote in their
 * messages, and passed on without them: Lambda logs what a handler throws, and Cognito shows it to the user. It stays a failure. What it
 * counted is published, also of a run that fails.
 */
export function job<Event, Result>(
  name: string,
  work: (event: Event, context: LambdaContext) => Promise<Result>,
): (event: Event, context: LambdaContext) => Promise<Result> {
  return async (event, context) => {
    try {
      return await work(event, context);
    } catch (error) {
      if (error instanceof Refused) throw new Error(error.message);
      logError(`${name}_failed`, error);
      throw new Error(`${name} failed: the log has the cause.`);
    } finally {
      publishMetrics();
    }
  };
}
