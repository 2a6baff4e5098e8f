import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Delivery, StageConfig } from '../config/stages.ts';
import { GithubDelivery } from '../constructs/delivery/github-delivery.ts';

/** Props of `DeliveryStack`. */
export interface DeliveryStackProps extends StackProps {
  readonly config: StageConfig;
  readonly delivery: Delivery;
}

/** The roles with which GitHub workflows deploy the stage. */
export class DeliveryStack extends Stack {
  constructor(scope: Construct, id: string, { config, delivery, ...props }: DeliveryStackProps) {
    super(scope, id, props);
    new GithubDelivery(this, 'GitHub', { config, delivery });
  }
}
