import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { PostConfirmationEnv } from '../../lambdas/entry/post-confirmation.contract.ts';
import type { StaffMfaEnv } from '../../lambdas/entry/staff-mfa.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { Accounts } from '../constructs/accounts.ts';
import { ClinicFunction } from '../constructs/clinic-function.ts';
import type { Database } from '../constructs/database.ts';
import type { Mail } from '../constructs/mail.ts';
import { MailEvents } from '../constructs/mail-events.ts';
import type { Monitoring } from '../constructs/monitoring/monitoring.ts';
import type { Network } from '../constructs/network.ts';

export interface IdentityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly database: Database;
  readonly mail: Mail;
}

/** Who people are, and where they can be reached: the user pool with the functions that it asks, and what SES tells of addresses. */
export class IdentityStack extends Stack {
  readonly userPool: IUserPool;

  constructor(
    scope: Construct,
    id: string,
    { config, monitoring, network, database, mail, ...props }: IdentityStackProps,
  ) {
    super(scope, id, props);
    const accounts = new Accounts(this, 'Accounts', { config, mail });

    const postConfirmation = new ClinicFunction<PostConfirmationEnv>(this, 'PostConfirmation', {
      entry: 'post-confirmation',
      environment: database.environment('post_confirmation'),
      config,
      network,
      timeout: COGNITO_WAITS,
    });
    database.grantConnect(postConfirmation.function, 'post_confirmation');
    accounts.onConfirmation(postConfirmation);

    if (config.mfaForStaff) {
      accounts.beforeTokens(
        new ClinicFunction<StaffMfaEnv>(this, 'StaffMfa', {
          entry: 'staff-mfa',
          environment: {},
          config,
          network,
          timeout: COGNITO_WAITS,
          // One small request to Cognito, and only for staff.
          memorySize: 512,
        }),
      );
    }

    new MailEvents(this, 'MailEvents', { config, network, database, mail });

    monitoring.watch(this);
    this.userPool = accounts.userPool;
    new CfnOutput(this, 'UserPoolId', { value: accounts.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: accounts.client.userPoolClientId });
  }
}

/** How long Cognito waits for a trigger. */
const COGNITO_WAITS = Duration.seconds(5);
