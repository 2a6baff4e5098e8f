import { Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Delivery, StageConfig } from '../config/stages.ts';
import { bootstrapRoles, GithubRole, githubProvider } from './github-role.ts';

export interface GithubDeliveryProps {
  readonly config: StageConfig;
  readonly delivery: Delivery;
}

/** The ways from GitHub into a stage's account, without a key that could leak: each workflow run proves by a token who it is. */
export class GithubDelivery extends Construct {
  constructor(scope: Construct, id: string, { config, delivery }: GithubDeliveryProps) {
    super(scope, id);
    const { stage, recovery } = config;
    const provider = githubProvider(this, delivery);
    const regions = [Stack.of(this).region, ...(recovery ? [recovery.region] : [])];

    new GithubRole(this, 'Deploy', {
      roleName: `MedBook-${stage}-Deploy`,
      provider,
      // The environment's rules say from which branch or tag this is, and after whose approval.
      subject: `repo:${delivery.repository}:environment:${stage}`,
      mayAssume: regions.flatMap((region) => bootstrapRoles(this, region, ['deploy', 'file-publishing', 'lookup'])),
      // New database instances or a gradual rollout can take longer than the usual hour.
      maxSessionDuration: Duration.hours(2),
    });

    if (!delivery.comparesPullRequests) return;
    new GithubRole(this, 'Compare', {
      roleName: `MedBook-${stage}-Compare`,
      provider,
      subject: `repo:${delivery.repository}:pull_request`,
      mayAssume: regions.flatMap((region) => bootstrapRoles(this, region, ['lookup'])),
      maxSessionDuration: Duration.hours(1),
    });
  }
}
