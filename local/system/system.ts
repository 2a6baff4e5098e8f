import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getNotificationQueueName } from '../../lambdas/entry/notifier.contract.ts';
import { startApiGateway } from '../aws/api-gateway/api-gateway.ts';
import { startEventSources } from '../aws/events/event-sources.ts';
import { startScheduler } from '../aws/events/scheduler.ts';
import { createSesEventPublisher } from '../aws/events/ses-event-publisher.ts';
import { startLambdaEndpoint } from '../aws/lambda/lambda-endpoint.ts';
import { createLambdaPool } from '../aws/lambda/lambda-pool.ts';
import type { Deployment } from '../aws/templates/deployment.ts';
import { readQueues } from '../aws/templates/queues.ts';
import { synthesize } from '../aws/templates/synthesize.ts';
import { startCognito } from '../cognito/cognito.ts';
import { DEMO_ACCOUNTS, DEMO_PASSWORD } from '../demo/demo-clinics-and-accounts.ts';
import { listen } from '../http/listen.ts';
import { startMessageCatcher } from '../messages/message-catcher.ts';
import { DATABASE_NAME, loadDemoData, prepareDatabase } from '../postgres/database.ts';
import { startSupervisedPostgres } from '../postgres/supervised-postgres.ts';
import { stopLeftoverServer } from '../process/server-process.ts';
import { acquireLock } from '../process/with-lock.mjs';
import { createCacheUsers } from '../redis/create-cache-users.ts';
import { startRedis } from '../redis/redis.ts';
import { getQueueUrl, startSqs } from '../sqs/sqs.ts';
import { ensureLocalCertificate } from '../tls/local-certificate.ts';
import {
  createLocalDeployment,
  readCacheUsers,
  readPasswordPolicy,
  readPostConfirmationFunction,
} from './local-deployment.ts';
import { CACHE_FOLDER, type LocalState } from './local-state.ts';
import type { Progress } from './progress.ts';

const REGION = 'us-east-1';
const LOCAL_POOLS = {
  patients: { userPoolId: 'us-east-1_LocalPool1', clientId: 'local-web-client' },
  staff: { userPoolId: 'us-east-1_LocalStaff', clientId: 'local-staff-client' },
};
/** The stage whose templates run locally. */
const STAGE = 'dev';

const NO_RATE_LIMITS = { REQUESTS_PER_15_MINUTES: '0', BOOKINGS_PER_MINUTE: '0' };

/** Options of `startSystem`. */
export interface SystemOptions {
  /** The folder for all data that is kept between starts. */
  readonly folder: string;
  /** The API's port; 0 means any free port. */
  readonly port: number;
  /** Deletes the data first. */
  readonly fresh: boolean;
  /** Whether requests and bookings are limited, as when deployed. */
  readonly limits: boolean;
  readonly progress: Progress;
}

/**
 * Starts all of MedBook on this machine and writes its addresses to `state.json`. Each part is registered with `disposables`
 * as soon as it runs, so disposing stops everything, even after a failed start.
 */
export async function startSystem(
  { folder, port, fresh, limits, progress }: SystemOptions,
  disposables: AsyncDisposableStack,
): Promise<LocalState> {
  const { step } = progress;
  const registerPart = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    disposables.defer(() => part.stop());
    return part;
  };
  // Fails first when the port is in use, before any other work.
  const reserved = await listen(() => undefined, port);
  await reserved.stop(0);
  await mkdir(folder, { recursive: true });
  disposables.defer(await acquireLock(join(folder, 'system.lock'), rejectSecondInstance));
  // Cancels steps that take seconds and have no `stop` of their own.
  const starting = new AbortController();
  disposables.defer(() => starting.abort());
  const { signal } = starting;
  await rm(join(folder, 'state.json'), { force: true });
  if (fresh) await removeData(folder);
  const tls = await ensureLocalCertificate(join(folder, 'tls'));
  const logFile = createWriteStream(join(folder, 'medbook.log'));
  logFile.on('error', (error) => progress.report(`The functions' logs can no longer be written: ${error.message}`));
  const log = (source: string, line: string) => void logFile.write(`${source} ${line}\n`);

  const startDatabase = async () => {
    const postgres = await step('PostgreSQL', () =>
      registerPart(startSupervisedPostgres({ directory: join(folder, 'postgres'), tls }, progress)),
    );
    await step('Migrations', () => prepareDatabase(postgres.port, tls.cert));
    return postgres;
  };
  const redisOptions = { directory: join(folder, 'redis'), cacheDirectory: join(CACHE_FOLDER, 'redis'), tls, signal };
  const [templates, postgres, redis, messageCatcher, sqs] = await Promise.all([
    step('Templates and function bundles', () =>
      synthesize(join(folder, 'cdk.out'), { cacheFolder: join(CACHE_FOLDER, 'templates'), signal }),
    ),
    startDatabase(),
    step('Redis', () =>
      registerPart(startRedis({ ...redisOptions, onProgress: progress.report, onExit: progress.report })),
    ),
    registerPart(
      startMessageCatcher({ onEmailSent: (configurationSet, event) => publishSesEvent(configurationSet, event) }),
    ),
    registerPart(startSqs()),
  ]);
  if (redis.url === undefined) progress.report(`    ${redis.reason}`);

  const deployment = createLocalDeployment(templates, {
    region: REGION,
    pools: LOCAL_POOLS,
    databasePort: postgres.port,
    redisUrl: redis.url,
    sqsEndpoint: sqs.endpoint,
  });
  for (const queue of readQueues(deployment)) await sqs.createQueue(queue);
  if (redis.url !== undefined) await createCacheUsers(redis.url, tls.cert, readCacheUsers(deployment));
  const cognito = await step('Cognito', () =>
    registerPart(
      startCognito({
        directory: join(folder, 'cognito'),
        pools: LOCAL_POOLS,
        passwordPolicy: readPasswordPolicy(deployment),
        onMessage: messageCatcher.deliver,
        postConfirmation: () => ({
          endpoint: lambdaEndpoint.url,
          functionName: readPostConfirmationFunction(deployment),
        }),
      }),
    ),
  );
  const environment = {
    NODE_EXTRA_CA_CERTS: tls.certPath,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_ENDPOINT_URL_SESV2: messageCatcher.sesEndpoint,
    AWS_ENDPOINT_URL_SNS: messageCatcher.snsEndpoint,
    API_URL: `${reserved.url}/`,
    ...(limits ? {} : NO_RATE_LIMITS),
  };
  const lambdas = createLambdaPool(deployment, { environment, log });
  disposables.defer(() => lambdas.stop());
  const publishSesEvent = createSesEventPublisher(deployment, lambdas, log);
  const lambdaEndpoint = await registerPart(startLambdaEndpoint(lambdas, 0));
  const userPoolIds = { patients: LOCAL_POOLS.patients.userPoolId, staff: LOCAL_POOLS.staff.userPoolId };
  await step('Demo data', () =>
    loadDemoData({
      cognitoEndpoint: cognito.endpoint,
      userPoolIds,
      region: REGION,
      port: postgres.port,
      ca: tls.cert,
    }),
  );
  const gateway = await step('API', () =>
    registerPart(startApiGateway({ deployment, lambdas, port: reserved.port, jwksUrl: cognito.jwksUrl, log })),
  );
  await registerPart(Promise.resolve(startEventSources(deployment, { lambdas, sqsEndpoint: sqs.endpoint, log })));
  const { schedules } = await registerPart(Promise.resolve(startScheduler(deployment, lambdas, log)));

  const [queue, deadLetterQueue] = getNotificationQueueNames(deployment);
  const state: LocalState = {
    apiUrl: gateway.url,
    docsUrl: `${gateway.url}/docs`,
    mailUrl: messageCatcher.pageUrl,
    cognitoEndpoint: cognito.endpoint,
    lambdaEndpoint: lambdaEndpoint.url,
    region: REGION,
    userPoolId: LOCAL_POOLS.patients.userPoolId,
    userPoolClientId: LOCAL_POOLS.patients.clientId,
    staffUserPoolId: LOCAL_POOLS.staff.userPoolId,
    staffUserPoolClientId: LOCAL_POOLS.staff.clientId,
    databaseUrl: postgres.url.replace('/postgres?', `/${DATABASE_NAME}?`),
    redisUrl: redis.url ?? null,
    sqsEndpoint: sqs.endpoint,
    queueUrl: getQueueUrl(sqs.endpoint, queue),
    dlqUrl: getQueueUrl(sqs.endpoint, deadLetterQueue),
    jobs: schedules.filter(({ intervalMs }) => intervalMs <= 300_000).map(({ functionArn }) => functionArn),
    accounts: DEMO_ACCOUNTS.map(({ role, email }) => ({ role, email, password: DEMO_PASSWORD })),
  };
  await writeFile(join(folder, 'state.json'), `${JSON.stringify(state, undefined, 2)}\n`);
  disposables.defer(() => rm(join(folder, 'state.json'), { force: true }));
  return state;

  function rejectSecondInstance(pid: number): never {
    throw new Error(`MedBook is already running in ${folder} as process ${pid}: use it, or stop it first.`);
  }
}

/** Returns the names of the notification queue and of its dead-letter queue. */
function getNotificationQueueNames(deployment: Deployment): readonly [string, string] {
  const name = getNotificationQueueName(STAGE);
  const queue = readQueues(deployment).find((one) => one.name === name);
  if (!queue?.deadLetter) throw new Error(`The templates have no queue ${name} with a dead-letter queue.`);
  return [name, queue.deadLetter.queueName];
}

async function removeData(folder: string): Promise<void> {
  // A server left by a killed run would still write to the data being deleted.
  await stopLeftoverServer('PostgreSQL', join(folder, 'postgres'));
  for (const data of ['postgres', 'cognito']) await rm(join(folder, data), { recursive: true, force: true });
}
