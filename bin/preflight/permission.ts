import type { PreflightAction } from '../../lib/constructs/delivery/preflight-actions.ts';

/** The caller may not perform an action. */
export class MissingPermissionError extends Error {
  readonly action: PreflightAction;

  constructor(action: PreflightAction, options: ErrorOptions) {
    super(`The action ${action} is not allowed`, options);
    this.action = action;
  }
}

/**
 * Waits for the response to a request that needs an action.
 * @throws MissingPermissionError if AWS refuses the request because the caller may not perform the action
 */
export async function readWith<Response>(action: PreflightAction, response: Promise<Response>): Promise<Response> {
  try {
    return await response;
  } catch (cause) {
    const isRefusal = cause instanceof Error && /^(AccessDenied|Unauthorized|AuthorizationError)/.test(cause.name);
    throw isRefusal ? new MissingPermissionError(action, { cause }) : cause;
  }
}

/** Returns the message of an error, with the HTTP status of AWS's response if there was one. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = '$metadata' in error ? Object(error.$metadata).httpStatusCode : undefined;
  return `${error.message || error.name}${status === undefined ? '' : ` (status ${status})`}`;
}
