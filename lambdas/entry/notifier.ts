import type { SQSEvent } from 'aws-lambda';
import { handleQueueMessages } from '../notifications/handle-queue-messages.ts';
import { connectQueue } from '../notifications/notification-queue.ts';
import { connectSes } from '../notifications/ses-provider.ts';
import { connectSns } from '../notifications/sns-provider.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { notifierEnv } from './notifier.contract.ts';

const env = notifierEnv.parse(process.env);
const deps = {
  db: connectDatabase(env, { queryTimeoutSeconds: 6, trace: createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS) }),
  queue: connectQueue(env.NOTIFICATION_QUEUE_URL),
  prepareEmail: connectSes({ from: env.MAIL_FROM, configurationSet: env.MAIL_CONFIGURATION_SET }),
  prepareSms: connectSns(),
  mailFrom: env.MAIL_FROM,
  apiUrl: env.API_URL,
};

export const handler = jobHandler('notifier', (event: SQSEvent, context) =>
  handleQueueMessages({ ...deps, remainingMilliseconds: () => context.getRemainingTimeInMillis() }, event),
);
