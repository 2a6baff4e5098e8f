import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { inject } from 'vitest';
import { connectUserPool } from '../../lambdas/accounts/user-pool.ts';
import { type FreeIndex, freeIndexOn } from '../../lambdas/availability/index/free-index.ts';
import { APPLY } from '../../lambdas/availability/index/scripts.ts';
import type { OutboxRelayEnv } from '../../lambdas/entry/outbox-relay.contract.ts';
import type { PatientApiEnv } from '../../lambdas/entry/patient-api.contract.ts';
import { relayToIndex } from '../../lambdas/outbox/relay-to-index.ts';
import { connectCache } from '../../lambdas/shared/cache.ts';
import { httpHandler } from '../../lambdas/shared/http/handler.ts';
import { queueUrl, startSqs } from '../../local/sqs.ts';
import { localCertificate } from '../../local/tls.ts';
import { type Api, eventOf, FUNCTIONS, lambdaContext } from './api.ts';
import type { Way } from './kill-points.ts';
import { buildFunction, type KilledFunction, startKilledFunction } from './killed-function.ts';
import { createDatabase } from './postgres.ts';
import type { TestRedis } from './redis.ts';

/** Real servers, and functions between them that are there to be killed. */
export interface KillStage {
  readonly owner: pg.Client;
  readonly operator: Redis;
  readonly index: FreeIndex;
  /** The routes of appointments in this process, which lives on. */
  readonly api: Api;
  start(entry: 'patient-api' | 'outbox-relay'): Promise<KilledFunction<Way>>;
  /** Tells the index what it was not told. */
  drain(): Promise<unknown>;
  stop(): Promise<void>;
}

const QUEUE = 'notifications';
const USER_POOL_ID = 'us-east-1_Test';

/** A stage with a database of its own. `relay` is what drains the outbox. */
export async function openKillStage(redis: TestRedis, relay = relayToIndex): Promise<KillStage> {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-kills-'));
  const certificate = await localCertificate(directory);
  const folders = {
    'patient-api': buildFunction('patient-api', directory),
    'outbox-relay': buildFunction('outbox-relay', directory),
  };
  const database = await createDatabase();
  const owner = await database.connect();
  const operator = await redis.operate();
  // Or the first answer to it would be that Redis does not know it.
  await operator.script('LOAD', APPLY.lua);
  const sqs = await startSqs();
  await sqs.createQueue({ name: QUEUE });
  const queue = new URL(queueUrl(sqs.endpoint, QUEUE));
  const index = freeIndexOn(connectCache(redis.address, { patienceMilliseconds: 5_000 }), { freshSeconds: 600 });
  const deps = { db: database.as('patient_api'), index, userPool: connectUserPool(USER_POOL_ID) };
  const handler = httpHandler({ ...FUNCTIONS.patient_api, deps, corsOrigins: '*' });
  const relayDb = database.as('outbox_relay');

  return {
    owner,
    operator,
    index,
    api: async (call) => {
      const { statusCode, headers, body } = Object(await handler(eventOf(call), lambdaContext()));
      return { status: statusCode, headers, body: JSON.parse(body) };
    },
    start: (entry) =>
      startKilledFunction({
        folder: folders[entry],
        certificate,
        ways: {
          database: { protocol: 'postgres', port: inject('postgres').port },
          cache: { protocol: 'redis', port: redis.port },
          queue: { protocol: 'http', port: Number(queue.port) },
        },
        env: (ports) => ({
          ...environment(entry.replace('-', '_'), ports),
          AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${ports.queue}`,
        }),
      }),
    drain: () => relay({ db: relayDb, index, timeLeft: () => 60_000 }),
    stop: async () => {
      operator.disconnect();
      await sqs.stop();
      await owner.end();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };

  /** Of either function: what one does not know, it does not read. */
  function environment(role: string, ports: Readonly<Record<Way, number>>): PatientApiEnv & OutboxRelayEnv {
    return {
      DB_HOST: 'localhost',
      DB_PORT: String(ports.database),
      DB_NAME: database.name,
      DB_USER: role,
      ...redis.address,
      CACHE_PORT: String(ports.cache),
      NOTIFICATION_QUEUE_URL: queue.href,
      CORS_ORIGINS: '*',
      REQUESTS_PER_15_MINUTES: '10000',
      BOOKINGS_PER_MINUTE: '0',
      USER_POOL_ID,
    };
  }
}
