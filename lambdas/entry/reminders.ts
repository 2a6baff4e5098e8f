import { remind } from '../notifications/remind.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { remindersEnv } from './reminders.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(remindersEnv.parse(process.env), { queryTimeoutSeconds: 11, trace });

export const handler = job('reminders', (_event, context) =>
  remind({ db, timeLeft: () => context.getRemainingTimeInMillis() }),
);
