import type { SQSEvent } from 'aws-lambda';
import { connectEmail } from '../notifications/email.ts';
import { handleMessages } from '../notifications/notifier.ts';
import { connectQueue } from '../notifications/queue.ts';
import { connectSms } from '../notifications/sms.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { notifierEnv } from './notifier.contract.ts';

const env = notifierEnv.parse(process.env);
const deps = {
  db: connectDatabase(env, { queryTimeoutSeconds: 6, trace: traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS) }),
  queue: connectQueue(env.NOTIFICATION_QUEUE_URL),
  prepareEmail: connectEmail({ from: env.MAIL_FROM, configurationSet: env.MAIL_CONFIGURATION_SET }),
  prepareSms: connectSms(),
  mailFrom: env.MAIL_FROM,
  apiUrl: env.API_URL,
};

export const handler = job('notifier', (event: SQSEvent, context) =>
  handleMessages({ ...deps, timeLeft: () => context.getRemainingTimeInMillis() }, event),
);
