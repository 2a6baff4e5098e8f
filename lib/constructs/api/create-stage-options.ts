import { MethodLoggingLevel, type StageOptions } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { createAccessLogOptions } from './api-logs.ts';

/** Options of `createStageOptions`. */
export interface StageOptionsProps {
  readonly config: StageConfig;
  /** Routes, as `METHOD /path`, that have a lower throttling limit. */
  readonly expensiveRoutes: readonly string[];
}

/** Creates the options of the API's only stage: the version in the URL, throttling, logs and tracing. */
export function createStageOptions(scope: Construct, { config, expensiveRoutes }: StageOptionsProps): StageOptions {
  const { throttling } = config;
  const expensiveMethodOptions = {
    // A method with its own settings does not inherit those of the stage.
    ...LOGGING_OPTIONS,
    throttlingRateLimit: throttling.expensive.rate,
    throttlingBurstLimit: throttling.expensive.burst,
  };
  return {
    stageName: 'v1',
    tracingEnabled: true,
    ...LOGGING_OPTIONS,
    throttlingRateLimit: throttling.rate,
    throttlingBurstLimit: throttling.burst,
    methodOptions: Object.fromEntries(
      expensiveRoutes.map((route) => {
        const [method, path] = route.split(' ');
        return [`${path}/${method}`, expensiveMethodOptions];
      }),
    ),
    ...createAccessLogOptions(scope, config),
  };
}

const LOGGING_OPTIONS = {
  // Metrics by method are billed as our own are. The logs have each request's route; no alarm reads the metrics.
  metricsEnabled: false,
  loggingLevel: MethodLoggingLevel.ERROR,
  // It would log whole requests and responses with personal data.
  dataTraceEnabled: false,
};
