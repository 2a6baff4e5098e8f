import { planDueReminders } from '../notifications/plan-due-reminders.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { remindersEnv } from './reminders.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(remindersEnv.parse(process.env), { queryTimeoutSeconds: 11, trace });

export const handler = jobHandler('reminders', (_event, context) =>
  planDueReminders({ db, remainingMilliseconds: () => context.getRemainingTimeInMillis() }),
);
