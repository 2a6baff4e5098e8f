import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { PostConfirmationEnv } from '../../lambdas/entry/post-confirmation.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { Accounts } from '../constructs/accounts.ts';
import { ClinicFunction } from '../constructs/clinic-function.ts';
import type { Database } from '../constructs/database.ts';
import type { Network } from '../constructs/network.ts';

export interface IdentityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
}

/** Who people are: the user pool, and the function that makes a patient of everybody who confirmed an address. */
export class IdentityStack extends Stack {
  readonly userPool: IUserPool;

  constructor(scope: Construct, id: string, { config, network, database, ...props }: IdentityStackProps) {
    super(scope, id, props);
    const accounts = new Accounts(this, 'Accounts', { config });
    const { function: postConfirmation } = new ClinicFunction<PostConfirmationEnv>(this, 'PostConfirmation', {
      entry: 'post-confirmation',
      environment: database.environment('post_confirmation'),
      config,
      network,
      // As long as Cognito waits for a trigger.
      timeout: Duration.seconds(5),
    });
    database.grantConnect(postConfirmation, 'post_confirmation');
    accounts.onConfirmation(postConfirmation);

    this.userPool = accounts.userPool;
    new CfnOutput(this, 'UserPoolId', { value: accounts.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: accounts.client.userPoolClientId });
  }
}
