import { generateSlots } from '../schedules/generate-slots.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { generateSlotsEnv } from './generate-slots.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(generateSlotsEnv.parse(process.env), { queryTimeoutSeconds: 21, trace });

export const handler = job('generate_slots', () => generateSlots(db));
