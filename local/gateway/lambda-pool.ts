import type { Deployment } from './deployment.ts';
import { lambdaEnvironment } from './lambda-environment.ts';
import { readLambdaFunction } from './lambda-function.ts';
import type { InvokeResult } from './lambda-instance.ts';
import { type LambdaWorkers, startLambdaWorkers } from './lambda-workers.ts';
import type { Log } from './log.ts';

/** The functions of a deployment, each run by processes of its own, one invocation at a time per process. */
export interface LambdaPool {
  /**
   * The function with that name or ARN, also of an alias or a version, which are the same code here.
   *
   * @throws {@link NoSuchFunction}, or when its bundle is missing, or its environment refers to something unknown here
   */
  named(nameOrArn: string): Lambda;
  /** Kills every instance; what was running is answered as crashed. */
  stop(): Promise<void>;
}

/** One function. */
export interface Lambda {
  readonly name: string;
  /** Waits for a free instance in the order of asking. Rejects only when the pool has been stopped. */
  invoke(event: unknown): Promise<InvokeResult>;
  /** Starts the first instance, if there is none. @throws with the function's own error when its bundle fails to load */
  warm(): Promise<void>;
}

/** The deployment has no function of that name. */
export class NoSuchFunction extends Error {
  constructor(name: string, known: readonly string[]) {
    super(`There is no function ${name}; there are: ${known.join(', ')}.`);
    this.name = 'NoSuchFunction';
  }
}

export interface LambdaPoolOptions {
  /** Variables given to every function beside the template's, for instance `AWS_ENDPOINT_URL_SQS`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The greatest number of processes of one function; further invocations wait. Default: 4. */
  readonly maxInstances?: number;
  readonly log: Log;
}

/** Offers the functions of the deployment. Nothing is read or started before it is asked for. */
export function createLambdaPool(
  deployment: Deployment,
  { environment = {}, maxInstances = 4, log }: LambdaPoolOptions,
): LambdaPool {
  const resources = new Map(
    deployment.templates
      .resources('AWS::Lambda::Function')
      .map((resource) => [String(deployment.resolve({ Ref: resource.logicalId }, resource.stack)), resource]),
  );
  const started = new Map<string, LambdaWorkers>();
  return {
    named,
    stop: async () => {
      await Promise.all([...started.values()].map((workers) => workers.stop()));
    },
  };

  function named(nameOrArn: string): Lambda {
    const [name = ''] = nameOrArn.replace(/^arn:.*:function:/, '').split(':');
    const known = started.get(name);
    if (known) return known;
    const resource = resources.get(name);
    if (!resource) throw new NoSuchFunction(name, [...resources.keys()]);
    const definition = readLambdaFunction(resource, deployment);
    const env = lambdaEnvironment(definition, deployment.region, environment);
    const workers = startLambdaWorkers(definition, { env, maxInstances, log });
    started.set(name, workers);
    return workers;
  }
}
