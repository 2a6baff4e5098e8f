import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { removalPolicyOf, type StageConfig } from '../config/stages.ts';
import { copyBeside } from './copy-beside.ts';
import type { Network } from './network.ts';

const PROJECT = join(import.meta.dirname, '../..');

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
  /** MiB; the share of the processor follows it. @default 1024 */
  readonly memorySize?: number;
  /** Files and folders of the project that the function reads when it runs; they lie beside its bundle, under their own last name. */
  readonly assets?: readonly string[];
}

/**
 * A Lambda function as all of ours are: Node 24 on arm64, one ES module with everything in it, JSON logs that are kept for
 * the stage's time, traced. `never` as the default makes a call that does not name its environment's type not compile.
 */
export class ClinicFunction<Environment extends Readonly<Record<string, string>> = never> extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: ClinicFunctionProps<Environment>) {
    super(scope, id);
    const {
      entry,
      environment,
      config,
      functionName,
      network,
      timeout = Duration.seconds(10),
      memorySize = 1024,
    } = props;

    this.function = new NodejsFunction(this, 'Function', {
      functionName,
      entry: join(PROJECT, 'lambdas/entry', `${entry}.ts`),
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        // The tested version rather than Lambda's own, and a shorter cold start.
        bundleAwsSDK: true,
        // pg is CommonJS and calls `require` for Node's own modules, which an ES module does not have.
        banner: "import { createRequire as banner } from 'node:module'; const require = banner(import.meta.url);",
        logLevel: LogLevel.WARNING,
        forceDockerBundling: false,
        ...(props.assets && { commandHooks: copyBeside(props.assets) }),
      },
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      timeout,
      memorySize,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(this, 'Logs', { retention: config.logRetention, removalPolicy: removalPolicyOf(config) }),
      ...(network && { vpc: network.vpc, vpcSubnets: network.forFunctions, allowAllOutbound: false }),
    });
    network?.allowServices(this.function);
  }
}
