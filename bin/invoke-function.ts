import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** The errors with which Lambda refuses to invoke a function that was idle for weeks, while it activates it again. */
const ACTIVATION_ERRORS = ['ResourceNotReadyException', 'CodeArtifactUserPendingException'];

/** Options of `invokeFunction`. */
export interface InvokeOptions {
  readonly name: string;
  readonly payload: unknown;
  readonly report: (message: string) => void;
  /** How long to wait for an idle function. @default 300: it takes one or two minutes */
  readonly waitSeconds?: number;
  /** @default 5 */
  readonly pollSeconds?: number;
}

/**
 * Invokes the live version of a function and waits for its result. If Lambda has deactivated the function, waits until it
 * is active again.
 * @throws an error with the function's name and its own message if the function fails
 */
export async function invokeFunction(client: LambdaClient, options: InvokeOptions): Promise<void> {
  const { name, payload, report, waitSeconds = 300, pollSeconds = 5 } = options;
  const command = new InvokeCommand({ FunctionName: name, Qualifier: 'live', Payload: JSON.stringify(payload) });
  for (let waitedSeconds = 0; ; waitedSeconds += pollSeconds) {
    try {
      const { FunctionError, Payload } = await client.send(command);
      if (!FunctionError) return;
      throw new Error(`${name} failed: ${JSON.parse(Payload?.transformToString() ?? '{}').errorMessage}`);
    } catch (error) {
      const isActivating = error instanceof Error && ACTIVATION_ERRORS.includes(error.name);
      if (!isActivating || waitedSeconds >= waitSeconds) throw error;
      if (waitedSeconds === 0) report(`${name} was idle, and Lambda is activating it. This takes a minute or two …`);
      await sleep(pollSeconds * 1_000);
    }
  }
}
