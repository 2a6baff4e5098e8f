import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { type Alias, Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { acknowledgeFunction } from './acknowledged-function.ts';
import { bundleOf } from './bundling.ts';
import { functionRole } from './function-role.ts';
import { logsOf } from './logs-of.ts';
import type { Network } from './network.ts';
import { rolloutOf } from './rollout.ts';

/** What each function chooses. `Environment` is the type from the function's contract, and must be named. */
export interface ClinicFunctionProps<Environment> {
  /** The name of the file in `lambdas/entry/`, without `.ts`; it exports `handler`. */
  readonly entry: string;
  readonly environment: NoInfer<Environment>;
  readonly config: StageConfig;
  /** Only for a function that somebody calls by its name. @default - left to CloudFormation */
  readonly functionName?: string;
  /** @default - outside of the network: no database, but the internet */
  readonly network?: Network;
  /** @default 10 seconds: longer than any statement of most roles may take */
  readonly timeout?: Duration;
  /**
   * MiB; the share of the processor follows it (1,769 is one whole), and so does the price of a second.
   * @default 1024: signing in over TLS and starting cold are work of the processor, and take twice as long with half of it
   */
  readonly memorySize?: number;
  /** Takes the traffic of the API: a new version then gets it step by step where the stage says so. @default false */
  readonly facesTraffic?: boolean;
  /** How many may run at once, where the stage sets concurrency aside. @default - what the account has left */
  readonly concurrency?: number;
  /** Files and folders of the project that the function reads when it runs; they lie beside its bundle, under their own last name. */
  readonly assets?: readonly string[];
}

/**
 * A Lambda function as all of ours are: Node 24 on arm64, ES modules with everything in them, JSON logs that are encrypted and
 * kept for the stage's time, traced, a version for each deployment. `never` as the default makes a call that does not name its
 * environment's type not compile.
 */
export class ClinicFunction<Environment extends Readonly<Record<string, string>> = never> extends Construct {
  /** For grants, and for calls that need no version. */
  readonly function: NodejsFunction;
  /** What everything that calls the function calls: the version that is live. */
  readonly live: Alias;
  private readonly rollout: LambdaDeploymentGroup | undefined;

  constructor(scope: Construct, id: string, props: ClinicFunctionProps<Environment>) {
    super(scope, id);
    const { entry, environment, config, functionName, network, concurrency } = props;
    const { timeout = Duration.seconds(10), memorySize = 1024, facesTraffic = false, assets = [] } = props;

    const logs = logsOf(this, 'Logs', { config });
    this.function = new NodejsFunction(this, 'Function', {
      functionName,
      code: bundleOf(entry, assets),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      timeout,
      memorySize,
      reservedConcurrentExecutions: config.setsConcurrencyAside ? concurrency : undefined,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: logs,
      currentVersionOptions: { removalPolicy: versionsOf(config) },
      role: functionRole(this, 'Role', { logs, inNetwork: network !== undefined }),
      ...(network && { vpc: network.vpc, vpcSubnets: network.forFunctions, allowAllOutbound: false }),
    });
    network?.allowServices(this.function);
    acknowledgeFunction(this.function, network);

    this.live = this.function.addAlias('live');
    if (facesTraffic && config.shiftsTraffic) this.rollout = rolloutOf(this, this.live);
  }

  /** Takes the traffic back to the version before when one of these goes off during a rollout. Without rollouts it does nothing. */
  rollBackOn(...alarms: readonly IAlarm[]): void {
    for (const alarm of alarms) this.rollout?.addAlarm(alarm);
  }
}

/**
 * Where data is kept, so are the versions before: to go back to one is to point the alias at it. One whose deployment was rolled
 * back is not kept, or Lambda would refuse to make the same once more.
 */
function versionsOf({ keepData }: StageConfig): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
