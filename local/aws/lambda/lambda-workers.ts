import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { type InvokeResult, type LambdaInstance, startLambdaInstance } from './lambda-instance.ts';
import type { Lambda } from './lambda-pool.ts';

/** One function and its processes. */
export interface LambdaWorkers extends Lambda {
  stop(): Promise<void>;
}

interface QueuedInvocation {
  readonly event: unknown;
  readonly resolve: (result: InvokeResult) => void;
}

/** Runs invocations in the order of arrival, on at most `maxInstances` processes that are started when needed. */
export function startLambdaWorkers(
  definition: LambdaFunction,
  { env, maxInstances, log }: { env: NodeJS.ProcessEnv; maxInstances: number; log: Log },
): LambdaWorkers {
  const instances = new Set<LambdaInstance>();
  const idle: LambdaInstance[] = [];
  const queue: QueuedInvocation[] = [];
  let loading = 0;
  let stopped = false;
  return { name: definition.name, invoke, warm, stop };

  function invoke(event: unknown): Promise<InvokeResult> {
    if (stopped) return Promise.reject(new Error(`${definition.name} cannot run: the functions have been stopped.`));
    const { promise, resolve } = Promise.withResolvers<InvokeResult>();
    queue.push({ event, resolve });
    dispatch();
    return promise;
  }

  async function warm(): Promise<void> {
    if (instances.size > 0) return;
    const loaded = await addInstance();
    if (loaded.ok) return;
    const { errorType, errorMessage } = loaded.error;
    throw new Error(`The function ${definition.name} did not start: ${errorType}: ${errorMessage}`);
  }

  function dispatch(): void {
    for (let instance = idle.pop(); instance; instance = idle.pop()) {
      if (!instance.isAlive()) continue;
      const next = queue.shift();
      if (!next) {
        idle.push(instance);
        break;
      }
      void run(instance, next);
    }
    while (!stopped && loading < queue.length && instances.size < maxInstances) void addInstance();
  }

  async function run(instance: LambdaInstance, { event, resolve }: QueuedInvocation): Promise<void> {
    const result = await instance.invoke(event, randomUUID());
    // Only errors of the sandbox have no trace, and the function could not log them itself.
    if (!result.ok && !result.error.trace) log(definition.name, result.error.errorMessage);
    if (instance.isAlive()) idle.push(instance);
    dispatch();
    resolve(result);
  }

  async function addInstance(): Promise<InvokeResult> {
    const instance = startLambdaInstance(definition, env, log);
    instances.add(instance);
    loading++;
    void instance.exited.then(() => removeInstance(instance));
    const loaded = await instance.loaded;
    loading--;
    if (loaded.ok) idle.push(instance);
    // The oldest invocation gets the error; otherwise a function that never loads would be restarted forever.
    else queue.shift()?.resolve(loaded);
    dispatch();
    return loaded;
  }

  function removeInstance(instance: LambdaInstance): void {
    instances.delete(instance);
    const index = idle.indexOf(instance);
    if (index >= 0) idle.splice(index, 1);
    dispatch();
  }

  async function stop(): Promise<void> {
    stopped = true;
    for (const instance of instances) instance.kill();
    await Promise.all([...instances].map(({ exited }) => exited));
    const error = { errorType: 'Runtime.ExitError', errorMessage: 'The functions have been stopped.' };
    for (const { resolve } of queue.splice(0)) resolve({ ok: false, error });
  }
}
