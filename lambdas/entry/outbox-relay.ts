import { createFreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import { connectQueue } from '../notifications/notification-queue.ts';
import { relayOutbox } from '../outbox/relay-outbox.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { createTrace } from '../shared/trace.ts';
import { outboxRelayEnv } from './outbox-relay.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = outboxRelayEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 11, trace });
const index = createFreeSlotIndex(connectCache(env, { timeoutMilliseconds: 1_000, trace }));
const queue = connectQueue(env.NOTIFICATION_QUEUE_URL);

export const handler = jobHandler('outbox_relay', (_event, context) =>
  relayOutbox({ db, index, queue, remainingMilliseconds: () => context.getRemainingTimeInMillis() }),
);
