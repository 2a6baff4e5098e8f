import type { Pool } from '@medbook/contract/access';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { PostConfirmationEnv } from '../../lambdas/entry/post-confirmation.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import type { Database } from '../constructs/data/database.ts';
import { ClinicFunction } from '../constructs/functions/clinic-function.ts';
import { PatientAccounts } from '../constructs/identity/patient-accounts.ts';
import { StaffAccounts } from '../constructs/identity/staff-accounts.ts';
import { KeepAlive } from '../constructs/jobs/keep-alive.ts';
import { EmailFeedback } from '../constructs/messaging/email-feedback.ts';
import type { EmailSender } from '../constructs/messaging/email-sender.ts';
import type { Monitoring } from '../constructs/monitoring/monitoring.ts';
import type { Network } from '../constructs/network/network.ts';
import { WebAcl } from '../constructs/network/web-acl.ts';

/** Props of `IdentityStack`. */
export interface IdentityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly database: Database;
  readonly emailSender: EmailSender;
}

/** The user pools, the trigger function of that of patients, and the handling of SES events about emails. */
export class IdentityStack extends Stack {
  readonly userPools: Readonly<Record<Pool, IUserPool>>;

  constructor(
    scope: Construct,
    id: string,
    { config, monitoring, network, database, emailSender, ...props }: IdentityStackProps,
  ) {
    super(scope, id, props);
    const patients = new PatientAccounts(this, 'Accounts', { config, emailSender });
    const staff = new StaffAccounts(this, 'StaffAccounts', { config, emailSender });
    if (config.threatProtection) {
      const webAcl = new WebAcl(this, 'WebAcl', { config, name: 'sign-in', requestsPerAddress: 300 });
      webAcl.associate('Patients', patients.userPool.userPoolArn);
      webAcl.associate('Staff', staff.userPool.userPoolArn);
    }

    const postConfirmation = new ClinicFunction<PostConfirmationEnv>(this, 'PostConfirmation', {
      entry: 'post-confirmation',
      environment: {},
      config,
      network,
      concurrency: config.concurrency.identityTrigger,
      // Cognito's own time limit for triggers.
      timeout: Duration.seconds(5),
    });
    database.connect(postConfirmation.function, 'post_confirmation');
    patients.addPostConfirmationTrigger(postConfirmation);

    new EmailFeedback(this, 'MailEvents', { config, network, database, emailSender });

    new KeepAlive(this, 'KeepAlive');
    monitoring.watch(this);
    this.userPools = { patients: patients.userPool, staff: staff.userPool };
    new CfnOutput(this, 'UserPoolId', { value: patients.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: patients.client.userPoolClientId });
    new CfnOutput(this, 'StaffUserPoolId', { value: staff.userPool.userPoolId });
    new CfnOutput(this, 'StaffUserPoolClientId', { value: staff.client.userPoolClientId });
  }
}
