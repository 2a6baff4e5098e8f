import type { Log } from '../log.ts';
import type { Deployment } from '../templates/deployment.ts';
import { createLambdaEnvironment } from './lambda-environment.ts';
import { readLambdaFunction } from './lambda-function.ts';
import type { InvokeResult } from './lambda-instance.ts';
import { type LambdaWorkers, startLambdaWorkers } from './lambda-workers.ts';

/** The functions of a deployment, each with its own processes and one invocation at a time per process. */
export interface LambdaPool {
  /**
   * Returns the function with that name or ARN. Aliases and versions run the same code locally.
   *
   * @throws {@link FunctionNotFoundError}, or when its bundle is missing, or its environment refers to an unknown value
   */
  get(nameOrArn: string): Lambda;
  /** Kills all instances; running invocations return the error of a crash. */
  stop(): Promise<void>;
}

/** A function that can be invoked. */
export interface Lambda {
  readonly name: string;
  /** Waits for a free instance, first come, first served. Rejects only when the pool has been stopped. */
  invoke(event: unknown): Promise<InvokeResult>;
  /** Starts an instance if there is none. @throws with the function's own error when its bundle fails to load */
  warm(): Promise<void>;
}

/** The deployment has no function of that name. */
export class FunctionNotFoundError extends Error {
  constructor(name: string, knownNames: readonly string[]) {
    super(`There is no function ${name}; there are: ${knownNames.join(', ')}.`);
    this.name = 'FunctionNotFoundError';
  }
}

/** Options of `createLambdaPool`. */
export interface LambdaPoolOptions {
  /** Variables for all functions in addition to the template's, for instance `AWS_ENDPOINT_URL_SQS`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The maximum number of processes of one function; further invocations wait. @default 4 */
  readonly maxInstances?: number;
  readonly log: Log;
}

/** Creates the pool. A function is read from the templates on `get`, and started on its first invocation. */
export function createLambdaPool(
  deployment: Deployment,
  { environment = {}, maxInstances = 4, log }: LambdaPoolOptions,
): LambdaPool {
  const resources = new Map(
    deployment.templates
      .getResources('AWS::Lambda::Function')
      .map((resource) => [String(deployment.resolve({ Ref: resource.logicalId }, resource.stack)), resource]),
  );
  const workersByName = new Map<string, LambdaWorkers>();
  return {
    get,
    stop: async () => {
      await Promise.all([...workersByName.values()].map((workers) => workers.stop()));
    },
  };

  function get(nameOrArn: string): Lambda {
    const [name = ''] = nameOrArn.replace(/^arn:.*:function:/, '').split(':');
    const existing = workersByName.get(name);
    if (existing) return existing;
    const resource = resources.get(name);
    if (!resource) throw new FunctionNotFoundError(name, [...resources.keys()]);
    const definition = readLambdaFunction(resource, deployment);
    const env = createLambdaEnvironment(definition, deployment.region, environment);
    const workers = startLambdaWorkers(definition, { env, maxInstances, log });
    workersByName.set(name, workers);
    return workers;
  }
}
