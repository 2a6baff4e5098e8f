import { expireHolds } from '../appointments/expire-holds.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { expireHoldsEnv } from './expire-holds.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(expireHoldsEnv.parse(process.env), { queryTimeoutSeconds: 21, trace });

export const handler = job('expire_holds', () => expireHolds(db));
