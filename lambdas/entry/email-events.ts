import type { SNSEvent } from 'aws-lambda';
import { handleEmailFeedback } from '../notifications/handle-email-feedback.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { emailEventsEnv } from './email-events.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(emailEventsEnv.parse(process.env), { queryTimeoutSeconds: 6, trace });

export const handler = jobHandler('email_events', (event: SNSEvent) => handleEmailFeedback(db, event));
