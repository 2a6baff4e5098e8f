import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Log } from '../log.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** The message that the parent sends to an instance. `deadline` is in epoch milliseconds. */
export interface Invocation {
  readonly requestId: string;
  readonly traceId: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly functionArn: string;
}

/** The error object that Lambda returns for a function that threw, crashed or timed out. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The result of an invocation. A failed function is a result, not an exception. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: LambdaError };

/** One process of one function. The caller must run only one invocation at a time. */
export interface LambdaInstance {
  /** The result of loading the bundle; if it is not ok, the process is ending. */
  readonly loaded: Promise<InvokeResult>;
  readonly exited: Promise<void>;
  /** Never rejects. After a timeout or a crash the process has ended: see `isAlive`. */
  invoke(event: unknown, requestId: string): Promise<InvokeResult>;
  isAlive(): boolean;
  kill(): void;
}

const RUNTIME_PATH = fileURLToPath(new URL('./lambda-runtime.mjs', import.meta.url));
// Lambda's limit for the initialization.
const LOAD_TIMEOUT_SECONDS = 10;

/** Starts a process that loads the function's bundle, with exactly the environment `env`. */
export function startLambdaInstance(definition: LambdaFunction, env: NodeJS.ProcessEnv, log: Log): LambdaInstance {
  const child = fork(RUNTIME_PATH, [definition.file, definition.handler], {
    cwd: definition.folder,
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => log(definition.name, line));

  let isAlive = true;
  let resolvePending: ((result: InvokeResult) => void) | undefined;
  const { promise: exited, resolve: resolveExited } = Promise.withResolvers<void>();
  const handleEnd = (reason: string) => {
    isAlive = false;
    resolvePending?.({ ok: false, error: { errorType: 'Runtime.ExitError', errorMessage: reason } });
    resolveExited();
  };
  child.on('message', (result: InvokeResult) => resolvePending?.(result));
  child.on('error', (error) => handleEnd(`Error: Runtime failed: ${error.message}`));
  child.on('exit', (code, signal) => {
    const status = signal ? `signal: ${signal}` : `exit status ${code}`;
    handleEnd(
      code === 0 ? 'Error: Runtime exited without providing a reason' : `Error: Runtime exited with error: ${status}`,
    );
  });

  const waitForResult = (seconds: number) =>
    new Promise<InvokeResult>((resolve) => {
      const finish = (result: InvokeResult) => {
        clearTimeout(timer);
        resolvePending = undefined;
        resolve(result);
      };
      const timer = setTimeout(() => {
        kill();
        const errorMessage = `Error: Task timed out after ${seconds.toFixed(2)} seconds`;
        finish({ ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } });
      }, seconds * 1000);
      resolvePending = finish;
    });

  return {
    loaded: waitForResult(LOAD_TIMEOUT_SECONDS),
    exited,
    invoke,
    kill,
    isAlive: () => isAlive && child.connected,
  };

  async function invoke(event: unknown, requestId: string): Promise<InvokeResult> {
    const result = waitForResult(definition.timeoutSeconds);
    const deadline = Date.now() + definition.timeoutSeconds * 1000;
    const traceId = `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8)};Sampled=0`;
    child.send({ requestId, traceId, event, deadline, functionArn: definition.arn } satisfies Invocation);
    return withRequestId(await result, requestId);
  }

  function kill() {
    isAlive = false;
    child.kill('SIGKILL');
  }
}

/** Adds the request id to errors that the sandbox, not the function, reports. */
function withRequestId(result: InvokeResult, requestId: string): InvokeResult {
  if (result.ok || result.error.trace) return result;
  const { errorType, errorMessage } = result.error;
  return { ok: false, error: { errorType, errorMessage: `RequestId: ${requestId} ${errorMessage}` } };
}
