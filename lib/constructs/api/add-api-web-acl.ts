import type { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { StageConfig } from '../../config/stages.ts';
import { WebAcl } from '../network/web-acl.ts';
import { createProblemWithoutRequestId } from './problem-template.ts';

/** Protects the API with a web ACL. Floods get the contract's 429 response. */
export function addApiWebAcl(api: SpecRestApi, config: StageConfig): void {
  const webAcl = new WebAcl(api, 'WebAcl', {
    config,
    name: 'api',
    requestsPerAddress: 2_000,
    floodResponse: {
      status: RATE_LIMITED_PROBLEM.status,
      body: JSON.stringify(RATE_LIMITED_PROBLEM),
      headers: {
        'Retry-After': String(RETRY_AFTER_SECONDS),
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'Retry-After',
      },
    },
  });
  webAcl.associate('Stage', api.deploymentStage.stageArn);
}

const RATE_LIMITED_PROBLEM = createProblemWithoutRequestId('rate_limited');

/** AWS WAF counts the requests of the last 5 minutes, and recounts every 30 seconds. */
const RETRY_AFTER_SECONDS = 60;
