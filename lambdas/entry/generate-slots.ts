import { generateSlots } from '../schedules/generate-slots.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { generateSlotsEnv } from './generate-slots.contract.ts';

const db = connectDatabase(generateSlotsEnv.parse(process.env), { queryTimeoutSeconds: 21 });

export const handler = job('generate_slots', () => generateSlots(db));
