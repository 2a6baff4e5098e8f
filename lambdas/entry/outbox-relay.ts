import { freeIndexOn } from '../availability/index/free-index.ts';
import { relayToIndex } from '../outbox/relay-to-index.ts';
import { connectCache } from '../shared/cache.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { traceTo } from '../shared/trace.ts';
import { outboxRelayEnv } from './outbox-relay.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const env = outboxRelayEnv.parse(process.env);
const db = connectDatabase(env, { queryTimeoutSeconds: 11, trace });
const index = freeIndexOn(connectCache(env, { patienceMilliseconds: 1_000, trace }));

export const handler = job('outbox_relay', (_event, context) =>
  relayToIndex({ db, index, timeLeft: () => context.getRemainingTimeInMillis() }),
);
