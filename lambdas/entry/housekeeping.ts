import { keepHouse } from '../housekeeping/housekeeping.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { housekeepingEnv } from './housekeeping.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(housekeepingEnv.parse(process.env), { queryTimeoutSeconds: 61, trace });

export const handler = job('housekeeping', () => keepHouse(db));
