import { Construct } from 'constructs';
import type { MailEventsEnv } from '../../lambdas/entry/mail-events.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { ClinicFunction } from './clinic-function.ts';
import type { Database } from './database.ts';
import type { Mail } from './mail.ts';
import { MailTopic } from './mail-topic.ts';
import type { Network } from './network.ts';

export interface MailEventsProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly mail: Mail;
}

/** Hears from SES what became of mails, and writes down which addresses are none. */
export class MailEvents extends Construct {
  constructor(scope: Construct, id: string, { config, network, database, mail }: MailEventsProps) {
    super(scope, id);
    const reader = new ClinicFunction<MailEventsEnv>(this, 'Reader', {
      entry: 'mail-events',
      environment: database.environment('mail_events'),
      config,
      network,
      memorySize: 512,
    });
    database.grantConnect(reader.function, 'mail_events');
    new MailTopic(this, 'Topic', { config, mail, reader });
  }
}
