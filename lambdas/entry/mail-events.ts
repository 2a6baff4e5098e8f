import type { SNSEvent } from 'aws-lambda';
import { noteMailEvents } from '../notifications/mail-events.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { mailEventsEnv } from './mail-events.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(mailEventsEnv.parse(process.env), { queryTimeoutSeconds: 6, trace });

export const handler = job('mail_events', (event: SNSEvent) => noteMailEvents(db, event));
