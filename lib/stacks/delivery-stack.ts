import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Delivery, StageConfig } from '../config/stages.ts';
import { GithubDelivery } from '../constructs/github-delivery.ts';

export interface DeliveryStackProps extends StackProps {
  readonly config: StageConfig;
  readonly delivery: Delivery;
}

/** Who deploys the stage when nobody does it by hand. */
export class DeliveryStack extends Stack {
  constructor(scope: Construct, id: string, { config, delivery, ...props }: DeliveryStackProps) {
    super(scope, id, props);
    new GithubDelivery(this, 'GitHub', { config, delivery });
  }
}
