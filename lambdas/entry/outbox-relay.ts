import { freeIndexOn } from '../availability/index/free-index.ts';
import { connectQueue } from '../notifications/queue.ts';
import { relay } from '../outbox/relay.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { outboxRelayEnv } from './outbox-relay.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = outboxRelayEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 11, trace });
const index = freeIndexOn(connectCache(env, { patienceMilliseconds: 1_000, trace }));
const queue = connectQueue(env.NOTIFICATION_QUEUE_URL);

export const handler = job('outbox_relay', (_event, context) =>
  relay({ db, index, queue, timeLeft: () => context.getRemainingTimeInMillis() }),
);
