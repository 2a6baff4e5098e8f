import { Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Delivery, StageConfig } from '../../config/stages.ts';
import { GithubRole, getBootstrapRoleArns, getGithubProvider } from './github-role.ts';
import { grantPreflight } from './grant-preflight.ts';

/** Props of `GithubDelivery`. */
export interface GithubDeliveryProps {
  readonly config: StageConfig;
  readonly delivery: Delivery;
}

/**
 * The roles of GitHub workflows in a stage's account. Workflow runs authenticate with OIDC tokens, so there is no
 * access key to leak.
 */
export class GithubDelivery extends Construct {
  constructor(scope: Construct, id: string, { config, delivery }: GithubDeliveryProps) {
    super(scope, id);
    const { stage, recovery } = config;
    const provider = getGithubProvider(this, delivery);
    const regions = [Stack.of(this).region, ...(recovery ? [recovery.region] : [])];

    const deploy = new GithubRole(this, 'Deploy', {
      roleName: `MedBook-${stage}-Deploy`,
      provider,
      // The GitHub environment's rules restrict branches and tags, and require approval.
      subject: `repo:${delivery.repository}:environment:${stage}`,
      assumableRoleArns: regions.flatMap((region) =>
        getBootstrapRoleArns(this, region, ['deploy', 'file-publishing', 'lookup']),
      ),
      // New database instances and a gradual deployment together can take three hours.
      maxSessionDuration: Duration.hours(4),
    });
    grantPreflight(deploy.role, config, regions);

    if (!delivery.diffPullRequests) return;
    new GithubRole(this, 'Compare', {
      roleName: `MedBook-${stage}-Compare`,
      provider,
      subject: `repo:${delivery.repository}:pull_request`,
      assumableRoleArns: regions.flatMap((region) => getBootstrapRoleArns(this, region, ['lookup'])),
      maxSessionDuration: Duration.hours(1),
    });
  }
}
