import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { StageConfig } from '../config/stages.ts';
import { TOO_MANY } from './gateway-responses.ts';
import { flatProblem } from './problem.ts';
import { WebAcl } from './web-acl.ts';

/** Puts the firewall before the API. A flood gets the 429 of the contract. */
export function shieldApi(api: RestApi, config: StageConfig): void {
  const webAcl = new WebAcl(api, 'WebAcl', {
    config,
    name: 'api',
    requestsPerAddress: 2_000,
    tooMany: {
      status: TOO_MANY.status,
      body: flatProblem(TOO_MANY),
      headers: {
        'Retry-After': String(FLOOD_SECONDS),
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'Retry-After',
      },
    },
  });
  webAcl.protect('Stage', api.deploymentStage.stageArn);
}

/** The firewall looks back over five minutes, and counts again every half of one. */
const FLOOD_SECONDS = 60;
