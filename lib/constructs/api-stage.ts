import { MethodLoggingLevel, type StageOptions } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { accessLogs } from './api-logs.ts';

export interface ApiStageProps {
  readonly config: StageConfig;
  /** Routes, `METHOD /path`, that are let through slowly. */
  readonly expensive: readonly string[];
}

/** The one stage of the API: its version in the address, how much it takes, and what is noted of it. */
export function stageOf(scope: Construct, { config, expensive }: ApiStageProps): StageOptions {
  const { throttling } = config;
  const slowly = {
    // A method with settings of its own has none of the stage's.
    ...NOTED,
    throttlingRateLimit: throttling.expensive.rate,
    throttlingBurstLimit: throttling.expensive.burst,
  };
  return {
    stageName: 'v1',
    tracingEnabled: true,
    ...NOTED,
    throttlingRateLimit: throttling.rate,
    throttlingBurstLimit: throttling.burst,
    methodOptions: Object.fromEntries(
      expensive.map((route) => {
        const [method, path] = route.split(' ');
        return [`${path}/${method}`, slowly];
      }),
    ),
    ...accessLogs(scope, config),
  };
}

const NOTED = {
  metricsEnabled: true,
  loggingLevel: MethodLoggingLevel.ERROR,
  // It would write whole requests and answers, with their data.
  dataTraceEnabled: false,
};
