import type { RateLimit } from '@medbook/contract/rate-limit';
import type { RefusalCode, RefusalFacts } from '@medbook/contract/refusals';
import { RefusalError, refuseField } from './refusal-error.ts';

/** The result of an SQL command that was refused. `invalid`: the field has a value that only the database could check. */
export interface RefusedOutcome extends RefusalFacts {
  readonly outcome: RefusalCode | 'invalid';
  /** The number of seconds after which a retry can succeed. */
  readonly seconds?: number;
}

/** The result of an SQL command: `Done`, or a refusal. */
export type CommandOutcome<Done> = ({ readonly outcome: 'done' } & Done) | RefusedOutcome;

interface OutcomeContext {
  /** Where in the request a field is: `name` → `body.name`. @default - the field itself */
  readonly pathOf?: (field: string) => string;
  /** The id of the first request, when this is the stored outcome of its retry. */
  readonly firstRequestId?: string;
  /** Returns the limit that `rate_limited` is about, from its value. Required for commands that have one. */
  readonly createRateLimit?: (value: number) => RateLimit;
}

/**
 * Returns the result of a command that succeeded.
 * @throws {RefusalError} if it was refused
 */
export function unwrapOrThrow<Done>(
  outcome: CommandOutcome<Done>,
  context: OutcomeContext = {},
): { readonly outcome: 'done' } & Done {
  if (outcome.outcome === 'done') return outcome;
  throw toRefusalError(outcome, context);
}

function toRefusalError(
  { outcome, seconds, ...facts }: RefusedOutcome,
  { pathOf = (field) => field, firstRequestId, createRateLimit }: OutcomeContext,
): RefusalError {
  if (outcome === 'invalid') {
    const message = `expected ${facts.value}`;
    return new RefusalError('invalid_request', { validationErrors: [{ path: pathOf(facts.field ?? ''), message }] });
  }
  const limit = outcome === 'rate_limited' ? createRateLimit?.(Number(facts.value)) : undefined;
  return refuseField(outcome, pathOf(facts.field ?? ''), facts, { firstRequestId, retryAfterSeconds: seconds, limit });
}
