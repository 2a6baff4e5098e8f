import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { generateSlots } from '../schedules/generate-slots.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { generateSlotsEnv } from './generate-slots.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = generateSlotsEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 21, trace });
const index = createFreeSlotIndex(connectCache(env, { trace }));

export const handler = jobHandler('generate_slots', () => generateSlots(db, index));
