import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { inject } from 'vitest';
import type { NotifierEnv } from '../../lambdas/entry/notifier.contract.ts';
import type { OutboxRelayEnv } from '../../lambdas/entry/outbox-relay.contract.ts';
import type { PatientApiEnv } from '../../lambdas/entry/patient-api.contract.ts';
import type { relayToQueue } from '../../lambdas/outbox/relay-to-queue.ts';
import { localCertificate } from '../../local/tls.ts';
import { type Api, apiOn } from './api.ts';
import { insertClinic, type TestClinic } from './clinic.ts';
import { type TestClock, takeClock } from './clock.ts';
import { buildFunction, type KilledFunction, startKilledFunction } from './killed-function.ts';
import type { NotificationPoint, NotificationWay } from './notification-points.ts';
import { notifierOn, type TestNotifier } from './notifier.ts';
import { createDatabase } from './postgres.ts';
import { type Provider, startProvider } from './provider.ts';
import { type StormQueue, startStormQueue } from './storm-queue.ts';
import { type TakenMessages, takenBy } from './taken-messages.ts';

/** Real servers, and functions between them that are there to be killed; the database's clock stands until it is moved. */
export interface NotificationKillStage {
  readonly owner: pg.Client;
  readonly clock: TestClock;
  readonly provider: Provider;
  readonly taken: TakenMessages;
  readonly queue: StormQueue;
  readonly clinic: TestClinic;
  /** Those that live on, in this process. */
  readonly api: Api;
  readonly notifier: TestNotifier;
  readonly relayDb: Parameters<typeof relayToQueue>[0]['db'];
  start(entry: NotificationPoint['entry']): Promise<KilledFunction<NotificationWay>>;
  stop(): Promise<void>;
}

const ENTRIES = ['patient-api', 'outbox-relay', 'notifier'] as const;
/** Nobody listens there: MedBook runs without a cache. */
const NO_CACHE = { CACHE_HOST: 'localhost', CACHE_PORT: '9', CACHE_NAME: 'none', CACHE_USER: 'none' };

/** A stage with a database of its own and a clinic that nobody tells anything. */
export async function openNotificationKillStage(start: Date): Promise<NotificationKillStage> {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-kills-'));
  const certificate = await localCertificate(directory);
  const folders = new Map(ENTRIES.map((entry) => [entry, buildFunction(entry, directory)]));
  const database = await createDatabase();
  const owner = await database.connect();
  const clock = await takeClock(owner);
  await clock.stopAt(start);
  const provider = await startProvider();
  const queue = await startStormQueue();
  return {
    owner,
    clock,
    provider,
    taken: takenBy(provider),
    queue,
    clinic: await insertClinic(owner, { horizonDays: 366 }),
    api: apiOn((role) => database.as(role)),
    notifier: notifierOn((role) => database.as(role), provider),
    relayDb: database.as('outbox_relay'),
    start: (entry) =>
      startKilledFunction({
        folder: folders.get(entry) ?? '',
        certificate,
        ways: {
          database: { protocol: 'postgres', port: inject('postgres').port },
          queue: { protocol: 'http', port: Number(new URL(queue.url).port) },
          provider: { protocol: 'http', port: Number(new URL(provider.endpoint).port) },
        },
        env: (ports) => environment(entry.replace('-', '_'), ports),
      }),
    stop: async () => {
      await queue.stop();
      await provider.stop();
      await owner.end();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };

  /** Of any of them: what one does not know, it does not read. */
  function environment(role: string, ports: Readonly<Record<NotificationWay, number>>) {
    const [provided, queued] = [`http://127.0.0.1:${ports.provider}`, `http://127.0.0.1:${ports.queue}`];
    return {
      AWS_ENDPOINT_URL_SESV2: provided,
      AWS_ENDPOINT_URL_SNS: provided,
      AWS_ENDPOINT_URL_SQS: queued,
      DB_HOST: 'localhost',
      DB_PORT: String(ports.database),
      DB_NAME: database.name,
      DB_USER: role,
      ...NO_CACHE,
      NOTIFICATION_QUEUE_URL: `${queued}${new URL(queue.url).pathname}`,
      MAIL_FROM: 'no-reply@medbook.example',
      MAIL_CONFIGURATION_SET: 'rules',
      API_URL: 'https://api.medbook.example/',
      CORS_ORIGINS: '*',
      REQUESTS_PER_15_MINUTES: '10000',
      BOOKINGS_PER_MINUTE: '0',
      USER_POOL_ID: 'us-east-1_Test',
    } satisfies PatientApiEnv & OutboxRelayEnv & NotifierEnv & Record<string, string>;
  }
}
