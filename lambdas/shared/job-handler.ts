import type { Context as LambdaContext } from 'aws-lambda';
import { isKeepAlive } from './keep-alive.contract.ts';
import { logError } from './log.ts';
import { publishMetrics } from './metrics.ts';
import { RefusalError } from './refusal-error.ts';

/**
 * Returns the handler of a function that is not called over HTTP. It logs an error without the values that PostgreSQL and AWS quote in
 * their messages, and throws another without them, because Lambda logs it and Cognito shows it to the user. Metrics are published even if
 * the run fails. `KEEP_ALIVE_EVENT` does nothing.
 */
export function jobHandler<Event, Result>(
  name: string,
  work: (event: Event, context: LambdaContext) => Promise<Result>,
): (event: Event, context: LambdaContext) => Promise<Result | undefined> {
  return async (event, context) => {
    if (isKeepAlive(event)) return undefined;
    try {
      return await work(event, context);
    } catch (error) {
      if (error instanceof RefusalError) throw new Error(error.message);
      logError(`${name}_failed`, error);
      throw new Error(`${name} failed: see the log for the cause.`);
    } finally {
      publishMetrics();
    }
  };
}
