import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { inject } from 'vitest';
import { connectUserPool } from '../../../lambdas/accounts/user-pool.ts';
import {
  createFreeSlotIndex,
  type FreeSlotIndex,
} from '../../../lambdas/availability/free-slot-index/free-slot-index.ts';
import { SCRIPT } from '../../../lambdas/availability/free-slot-index/run-script.ts';
import type { OutboxRelayEnv } from '../../../lambdas/entry/outbox-relay.contract.ts';
import type { PatientApiEnv } from '../../../lambdas/entry/patient-api.contract.ts';
import { publishToIndex } from '../../../lambdas/outbox/publish-to-index.ts';
import { connectCache } from '../../../lambdas/shared/cache.ts';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import { getQueueUrl, startSqs } from '../../../local/sqs/sqs.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';
import { createDatabase } from '../database/test-database.ts';
import { type Api, createApiEvent, createLambdaContext, FUNCTIONS, USER_POOL_IDS } from '../http/in-process-api.ts';
import type { TestRedis } from '../redis/test-redis.ts';
import type { IndexDependency } from './index-kill-points.ts';
import { bundleFunction, type KillableFunction, startKillableFunction } from './killable-function.ts';

/** Real servers, and functions that a test kills while they use these servers. */
export interface IndexKillEnvironment {
  readonly owner: pg.Client;
  readonly operator: Redis;
  readonly index: FreeSlotIndex;
  /** The API in the test process, which is never killed. */
  readonly api: Api;
  start(entry: 'patient-api' | 'outbox-relay'): Promise<KillableFunction<IndexDependency>>;
  /** Publishes the remaining outbox rows to the index. */
  drainOutbox(): Promise<unknown>;
  stop(): Promise<void>;
}

const QUEUE = 'notifications';

/** Opens an environment with a separate database. `relay` drains the outbox. */
export async function openIndexKillEnvironment(
  redis: TestRedis,
  relay = publishToIndex,
): Promise<IndexKillEnvironment> {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-kills-'));
  const certificate = await ensureLocalCertificate(directory);
  const folders = {
    'patient-api': bundleFunction('patient-api', directory),
    'outbox-relay': bundleFunction('outbox-relay', directory),
  };
  const database = await createDatabase();
  const owner = await database.connect();
  const operator = await redis.connectOperator();
  // Otherwise Redis would answer the first call with NOSCRIPT.
  await operator.script('LOAD', SCRIPT.lua);
  const sqs = await startSqs();
  await sqs.createQueue({ name: QUEUE });
  const queue = new URL(getQueueUrl(sqs.endpoint, QUEUE));
  const index = createFreeSlotIndex(connectCache(redis.address, { timeoutMilliseconds: 5_000 }), {
    freshSeconds: 600,
  });
  const deps = { db: database.connectAs('patient_api'), index, userPool: connectUserPool(USER_POOL_IDS.patients) };
  const handler = httpHandler({ ...FUNCTIONS.patient_api, deps, userPoolIds: USER_POOL_IDS, corsOrigins: '*' });
  const relayDb = database.connectAs('outbox_relay');

  return {
    owner,
    operator,
    index,
    api: async (call) => {
      const { statusCode, headers, body } = Object(await handler(createApiEvent(call), createLambdaContext()));
      return { status: statusCode, headers, body: JSON.parse(body) };
    },
    start: (entry) =>
      startKillableFunction({
        folder: folders[entry],
        certificate,
        dependencies: {
          database: { protocol: 'postgres', port: inject('postgres').port },
          cache: { protocol: 'redis', port: redis.port },
          queue: { protocol: 'http', port: Number(queue.port) },
        },
        env: (ports) => ({
          ...functionEnvironment(entry.replace('-', '_'), ports),
          AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${ports.queue}`,
        }),
      }),
    drainOutbox: () => relay({ db: relayDb, index, remainingMilliseconds: () => 60_000 }),
    stop: async () => {
      operator.disconnect();
      await sqs.stop();
      await owner.end();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };

  /** The environment variables of both functions; each ignores those that it does not use. */
  function functionEnvironment(
    role: string,
    ports: Readonly<Record<IndexDependency, number>>,
  ): PatientApiEnv & OutboxRelayEnv {
    return {
      DB_HOST: 'localhost',
      DB_PORT: String(ports.database),
      DB_NAME: database.name,
      DB_USER: role,
      DB_PAUSES: 'false',
      ...redis.address,
      CACHE_PORT: String(ports.cache),
      NOTIFICATION_QUEUE_URL: queue.href,
      CORS_ORIGINS: '*',
      REQUESTS_PER_15_MINUTES: '10000',
      BOOKINGS_PER_MINUTE: '0',
      PATIENT_POOL_ID: USER_POOL_IDS.patients,
      STAFF_POOL_ID: USER_POOL_IDS.staff,
    };
  }
}
