import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { inject } from 'vitest';
import type { NotifierEnv } from '../../../lambdas/entry/notifier.contract.ts';
import type { OutboxRelayEnv } from '../../../lambdas/entry/outbox-relay.contract.ts';
import type { PatientApiEnv } from '../../../lambdas/entry/patient-api.contract.ts';
import type { publishToQueue } from '../../../lambdas/outbox/publish-to-queue.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';
import { startTestQueue, type TestQueue } from '../aws/test-queue.ts';
import { insertClinic, type TestClinic } from '../clinic/insert-clinic.ts';
import { replaceClock, type TestClock } from '../database/test-clock.ts';
import { createDatabase } from '../database/test-database.ts';
import { type Api, createInProcessApi, USER_POOL_IDS } from '../http/in-process-api.ts';
import { type AcceptedMessages, countAcceptedMessages } from '../notifications/accepted-messages.ts';
import { createTestNotifier, type TestNotifier } from '../notifications/test-notifier.ts';
import { startTestProvider, type TestProvider } from '../notifications/test-provider.ts';
import { bundleFunction, type KillableFunction, startKillableFunction } from './killable-function.ts';
import type { NotificationDependency, NotificationKillPoint } from './notification-kill-points.ts';

/** Real servers, and functions that a test kills while they use these servers. The database clock is stopped until a test moves it. */
export interface NotificationKillEnvironment {
  readonly owner: pg.Client;
  readonly clock: TestClock;
  readonly provider: TestProvider;
  readonly accepted: AcceptedMessages;
  readonly queue: TestQueue;
  readonly clinic: TestClinic;
  /** The functions in the test process, which are never killed. */
  readonly api: Api;
  readonly notifier: TestNotifier;
  readonly relayDb: Parameters<typeof publishToQueue>[0]['db'];
  start(entry: NotificationKillPoint['entry']): Promise<KillableFunction<NotificationDependency>>;
  stop(): Promise<void>;
}

const ENTRIES = ['patient-api', 'outbox-relay', 'notifier'] as const;
/** An address without a server: MedBook runs without a cache. */
const NO_CACHE = { CACHE_HOST: 'localhost', CACHE_PORT: '9', CACHE_NAME: 'none', CACHE_USER: 'none' };

/** Opens an environment with a separate database and a clinic without a notification address. */
export async function openNotificationKillEnvironment(start: Date): Promise<NotificationKillEnvironment> {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-kills-'));
  const certificate = await ensureLocalCertificate(directory);
  const folders = new Map(ENTRIES.map((entry) => [entry, bundleFunction(entry, directory)]));
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await replaceClock(owner);
  await clock.stopAt(start);
  const provider = await startTestProvider();
  const queue = await startTestQueue();
  return {
    owner,
    clock,
    provider,
    accepted: countAcceptedMessages(provider),
    queue,
    clinic: await insertClinic(owner, { horizonDays: 366 }),
    api: createInProcessApi((role) => database.connectAs(role)),
    notifier: createTestNotifier((role) => database.connectAs(role), provider),
    relayDb: database.connectAs('outbox_relay'),
    start: (entry) =>
      startKillableFunction({
        folder: folders.get(entry) ?? '',
        certificate,
        dependencies: {
          database: { protocol: 'postgres', port: inject('postgres').port },
          queue: { protocol: 'http', port: Number(new URL(queue.url).port) },
          provider: { protocol: 'http', port: Number(new URL(provider.endpoint).port) },
        },
        env: (ports) => functionEnvironment(entry.replace('-', '_'), ports),
      }),
    stop: async () => {
      await queue.stop();
      await provider.stop();
      await owner.end();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };

  /** The environment variables of all functions; each ignores those that it does not use. */
  function functionEnvironment(role: string, ports: Readonly<Record<NotificationDependency, number>>) {
    const [providerUrl, queueUrl] = [`http://127.0.0.1:${ports.provider}`, `http://127.0.0.1:${ports.queue}`];
    return {
      AWS_ENDPOINT_URL_SESV2: providerUrl,
      AWS_ENDPOINT_URL_SNS: providerUrl,
      AWS_ENDPOINT_URL_SQS: queueUrl,
      DB_HOST: 'localhost',
      DB_PORT: String(ports.database),
      DB_NAME: database.name,
      DB_USER: role,
      DB_PAUSES: 'false',
      ...NO_CACHE,
      NOTIFICATION_QUEUE_URL: `${queueUrl}${new URL(queue.url).pathname}`,
      MAIL_FROM: 'no-reply@medbook.example',
      MAIL_CONFIGURATION_SET: 'rules',
      API_URL: 'https://api.medbook.example/',
      CORS_ORIGINS: '*',
      REQUESTS_PER_15_MINUTES: '10000',
      BOOKINGS_PER_MINUTE: '0',
      PATIENT_POOL_ID: USER_POOL_IDS.patients,
      STAFF_POOL_ID: USER_POOL_IDS.staff,
    } satisfies PatientApiEnv & OutboxRelayEnv & NotifierEnv & Record<string, string>;
  }
}
