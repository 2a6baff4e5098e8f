import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { PostConfirmationEnv } from '../../lambdas/entry/post-confirmation.contract.ts';
import type { StaffMfaEnv } from '../../lambdas/entry/staff-mfa.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import type { Database } from '../constructs/data/database.ts';
import { ClinicFunction } from '../constructs/functions/clinic-function.ts';
import { Accounts } from '../constructs/identity/accounts.ts';
import { KeepAlive } from '../constructs/jobs/keep-alive.ts';
import { EmailFeedback } from '../constructs/messaging/email-feedback.ts';
import type { EmailSender } from '../constructs/messaging/email-sender.ts';
import type { Monitoring } from '../constructs/monitoring/monitoring.ts';
import type { Network } from '../constructs/network/network.ts';

/** Props of `IdentityStack`. */
export interface IdentityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly database: Database;
  readonly emailSender: EmailSender;
}

/** The user pool with its trigger functions, and the handling of SES events about emails. */
export class IdentityStack extends Stack {
  readonly userPool: IUserPool;

  constructor(
    scope: Construct,
    id: string,
    { config, monitoring, network, database, emailSender, ...props }: IdentityStackProps,
  ) {
    super(scope, id, props);
    const accounts = new Accounts(this, 'Accounts', { config, emailSender });

    const postConfirmation = new ClinicFunction<PostConfirmationEnv>(this, 'PostConfirmation', {
      entry: 'post-confirmation',
      environment: {},
      config,
      network,
      timeout: COGNITO_TRIGGER_TIMEOUT,
    });
    database.connect(postConfirmation.function, 'post_confirmation');
    accounts.addPostConfirmationTrigger(postConfirmation);

    if (config.mfaForStaff) {
      accounts.addPreTokenTrigger(
        new ClinicFunction<StaffMfaEnv>(this, 'StaffMfa', {
          entry: 'staff-mfa',
          environment: {},
          config,
          network,
          timeout: COGNITO_TRIGGER_TIMEOUT,
          // It sends at most one small request to Cognito.
          memorySize: 512,
        }),
      );
    }

    new EmailFeedback(this, 'MailEvents', { config, network, database, emailSender });

    new KeepAlive(this, 'KeepAlive');
    monitoring.watch(this);
    this.userPool = accounts.userPool;
    new CfnOutput(this, 'UserPoolId', { value: accounts.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: accounts.client.userPoolClientId });
  }
}

/** Cognito's own time limit for triggers. */
const COGNITO_TRIGGER_TIMEOUT = Duration.seconds(5);
