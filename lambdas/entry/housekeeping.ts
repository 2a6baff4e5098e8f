import { purgeExpired } from '../housekeeping/purge-expired.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { housekeepingEnv } from './housekeeping.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(housekeepingEnv.parse(process.env), { queryTimeoutSeconds: 61, trace });

export const handler = jobHandler('housekeeping', () => purgeExpired(db));
