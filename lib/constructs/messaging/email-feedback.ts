import { Construct } from 'constructs';
import type { EmailEventsEnv } from '../../../lambdas/entry/email-events.contract.ts';
import type { StageConfig } from '../../config/stages.ts';
import type { Database } from '../data/database.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';
import type { Network } from '../network/network.ts';
import { EmailEventTopic } from './email-event-topic.ts';
import type { EmailSender } from './email-sender.ts';

/** Props of `EmailFeedback`. */
export interface EmailFeedbackProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly emailSender: EmailSender;
}

/** Receives SES events, records the delivery status of emails, and blocks addresses that bounce or complain. */
export class EmailFeedback extends Construct {
  constructor(scope: Construct, id: string, { config, network, database, emailSender }: EmailFeedbackProps) {
    super(scope, id);
    const handler = new ClinicFunction<EmailEventsEnv>(this, 'Reader', {
      entry: 'email-events',
      environment: {},
      config,
      network,
      memorySize: 512,
      concurrency: config.concurrency.emailEvents,
    });
    database.connect(handler.function, 'email_events');
    new EmailEventTopic(this, 'Topic', { config, emailSender, handler });
  }
}
