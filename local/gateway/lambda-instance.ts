import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LambdaFunction } from './lambda-function.ts';
import type { Log } from './log.ts';

/** What the parent sends to an instance. `deadline` is in epoch milliseconds. */
export interface Invocation {
  readonly requestId: string;
  readonly traceId: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly functionArn: string;
}

/** The error object that Lambda answers for a function that threw, crashed or took too long. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What became of an invocation. A failing function is a result, not an exception. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: LambdaError };

/** One process of one function. It runs one invocation at a time; the caller sees to that. */
export interface LambdaInstance {
  /** The result of loading the bundle: when it is not ok, the process is ending. */
  readonly loaded: Promise<InvokeResult>;
  readonly exited: Promise<void>;
  /** Never rejects. After a time-out or a crash the process is gone: see `alive`. */
  invoke(event: unknown, requestId: string): Promise<InvokeResult>;
  alive(): boolean;
  kill(): void;
}

const RUNTIME = fileURLToPath(new URL('./lambda-runtime.mjs', import.meta.url));
// Lambda's own limit for the time before the first invocation.
const LOAD_SECONDS = 10;

/** Starts a process that loads the function's bundle with exactly that environment. */
export function startLambdaInstance(definition: LambdaFunction, env: NodeJS.ProcessEnv, log: Log): LambdaInstance {
  const child = fork(RUNTIME, [definition.file, definition.handler], {
    cwd: definition.folder,
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => log(definition.name, line));

  let alive = true;
  let settle: ((result: InvokeResult) => void) | undefined;
  const { promise: exited, resolve: exit } = Promise.withResolvers<void>();
  const end = (reason: string) => {
    alive = false;
    settle?.({ ok: false, error: { errorType: 'Runtime.ExitError', errorMessage: reason } });
    exit();
  };
  child.on('message', (result: InvokeResult) => settle?.(result));
  child.on('error', (error) => end(`Error: Runtime failed: ${error.message}`));
  child.on('exit', (code, signal) => {
    const status = signal ? `signal: ${signal}` : `exit status ${code}`;
    end(
      code === 0 ? 'Error: Runtime exited without providing a reason' : `Error: Runtime exited with error: ${status}`,
    );
  });

  const next = (seconds: number) =>
    new Promise<InvokeResult>((resolve) => {
      const finish = (result: InvokeResult) => {
        clearTimeout(timer);
        settle = undefined;
        resolve(result);
      };
      const timer = setTimeout(() => {
        kill();
        const errorMessage = `Error: Task timed out after ${seconds.toFixed(2)} seconds`;
        finish({ ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } });
      }, seconds * 1000);
      settle = finish;
    });

  return { loaded: next(LOAD_SECONDS), exited, invoke, kill, alive: () => alive && child.connected };

  async function invoke(event: unknown, requestId: string): Promise<InvokeResult> {
    const result = next(definition.timeoutSeconds);
    const deadline = Date.now() + definition.timeoutSeconds * 1000;
    const traceId = `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8)};Sampled=0`;
    child.send({ requestId, traceId, event, deadline, functionArn: definition.arn } satisfies Invocation);
    return withRequestId(await result, requestId);
  }

  function kill() {
    alive = false;
    child.kill('SIGKILL');
  }
}

/** What the sandbox, not the function, reports begins with the request's id. */
function withRequestId(result: InvokeResult, requestId: string): InvokeResult {
  if (result.ok || result.error.trace) return result;
  const { errorType, errorMessage } = result.error;
  return { ok: false, error: { errorType, errorMessage: `RequestId: ${requestId} ${errorMessage}` } };
}
