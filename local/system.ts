import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notificationQueueName } from '../lambdas/entry/notifier.contract.ts';
import { startCognito } from './cognito/cognito.ts';
import { ACCOUNTS, DEMO_PASSWORD } from './demo/demo-people.ts';
import { cacheUsersOf, deployHere, passwordPolicyOf, postConfirmationOf } from './deploy-here.ts';
import { startApiGateway } from './gateway/api-gateway.ts';
import type { Deployment } from './gateway/deployment.ts';
import { startEventSources } from './gateway/event-sources.ts';
import { startLambdaEndpoint } from './gateway/lambda-endpoint.ts';
import { createLambdaPool } from './gateway/lambda-pool.ts';
import { listen } from './gateway/listen.ts';
import { mailReaders } from './gateway/mail-readers.ts';
import { readQueues } from './gateway/queues.ts';
import { startScheduler } from './gateway/scheduler.ts';
import { startMail } from './mail/mail.ts';
import { DATABASE_NAME, fillWithDemoData, prepareDatabase } from './postgres/database.ts';
import { keepPostgres } from './postgres/keep-postgres.ts';
import { stopLeftoverServer } from './process/server-process.ts';
import { takeLock } from './process/with-lock.mjs';
import type { Progress } from './progress.ts';
import { admitUsers } from './redis/admit-users.ts';
import { startRedis } from './redis/redis.ts';
import { queueUrl, startSqs } from './sqs.ts';
import { CACHE_FOLDER, type LocalState } from './state.ts';
import { synthesize } from './synthesize.ts';
import { localCertificate } from './tls.ts';

const REGION = 'us-east-1';
const USER_POOL_ID = 'us-east-1_LocalPool1';
const CLIENT_ID = 'local-web-client';
/** The stage whose templates run here. */
const STAGE = 'dev';

const NO_LIMITS = { REQUESTS_PER_15_MINUTES: '0', BOOKINGS_PER_MINUTE: '0' };

export interface SystemOptions {
  /** Where everything is kept between starts. */
  readonly folder: string;
  /** The API's port; 0 takes any free one. */
  readonly port: number;
  /** Empties the data first. */
  readonly fresh: boolean;
  /** Whether requests and bookings are limited, as when deployed. */
  readonly limits: boolean;
  readonly progress: Progress;
}

/**
 * Starts the whole of MedBook on this machine and writes into `state.json` how to reach it. Every part that runs is put on
 * `stack` at once, whose end stops all, also when the start fails half way.
 */
export async function startSystem(
  { folder, port, fresh, limits, progress }: SystemOptions,
  stack: AsyncDisposableStack,
): Promise<LocalState> {
  const { step } = progress;
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    stack.defer(() => part.stop());
    return part;
  };
  // A taken port is told before anything else is done.
  const reserved = await listen(() => undefined, port);
  await reserved.stop(0);
  await mkdir(folder, { recursive: true });
  stack.defer(await takeLock(join(folder, 'system.lock'), refuseSecond));
  // What takes seconds and is no part: it ends with the start, however that ends.
  const starting = new AbortController();
  stack.defer(() => starting.abort());
  const { signal } = starting;
  await rm(join(folder, 'state.json'), { force: true });
  if (fresh) await emptyData(folder);
  const tls = await localCertificate(join(folder, 'tls'));
  const logFile = createWriteStream(join(folder, 'medbook.log'));
  logFile.on('error', (error) => progress.say(`The functions' logs are lost from here on: ${error.message}`));
  const log = (source: string, line: string) => void logFile.write(`${source} ${line}\n`);

  const startDatabase = async () => {
    const postgres = await step('PostgreSQL', () =>
      keep(keepPostgres({ directory: join(folder, 'postgres'), tls }, progress)),
    );
    await step('Migrations', () => prepareDatabase(postgres.port, tls.cert));
    return postgres;
  };
  const redisOptions = { directory: join(folder, 'redis'), cacheDirectory: join(CACHE_FOLDER, 'redis'), tls, signal };
  const [templates, postgres, redis, mail, sqs] = await Promise.all([
    step('Templates and bundles of the functions', () => synthesize(join(folder, 'cdk.out'), signal)),
    startDatabase(),
    step('Redis', () => keep(startRedis({ ...redisOptions, onProgress: progress.say, onExit: progress.say }))),
    keep(startMail({ onTaken: (configurationSet, event) => tellOfMail(configurationSet, event) })),
    keep(startSqs()),
  ]);
  if (redis.url === undefined) progress.say(`    ${redis.reason}`);

  const deployment = deployHere(templates, {
    region: REGION,
    userPoolId: USER_POOL_ID,
    clientId: CLIENT_ID,
    databasePort: postgres.port,
    redisUrl: redis.url,
    sqsEndpoint: sqs.endpoint,
  });
  for (const queue of readQueues(deployment)) await sqs.createQueue(queue);
  if (redis.url !== undefined) await admitUsers(redis.url, tls.cert, cacheUsersOf(deployment));
  const cognito = await step('Cognito', () =>
    keep(
      startCognito({
        directory: join(folder, 'cognito'),
        userPoolId: USER_POOL_ID,
        clientId: CLIENT_ID,
        passwordPolicy: passwordPolicyOf(deployment),
        onMessage: mail.deliver,
        postConfirmation: () => ({ endpoint: lambdaEndpoint.url, functionName: postConfirmationOf(deployment) }),
      }),
    ),
  );
  const environment = {
    NODE_EXTRA_CA_CERTS: tls.certPath,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_ENDPOINT_URL_SESV2: mail.sesEndpoint,
    AWS_ENDPOINT_URL_SNS: mail.snsEndpoint,
    API_URL: `${reserved.url}/`,
    ...(limits ? {} : NO_LIMITS),
  };
  const lambdas = createLambdaPool(deployment, { environment, log });
  stack.defer(() => lambdas.stop());
  const tellOfMail = mailReaders(deployment, lambdas, log);
  const lambdaEndpoint = await keep(startLambdaEndpoint(lambdas, 0));
  await step('Demo data', () => fillWithDemoData({ cognito, region: REGION, port: postgres.port, ca: tls.cert }));
  const gateway = await step('API', () =>
    keep(startApiGateway({ deployment, lambdas, port: reserved.port, jwksUrl: cognito.jwksUrl, log })),
  );
  await keep(Promise.resolve(startEventSources(deployment, { lambdas, sqsEndpoint: sqs.endpoint, log })));
  const { schedules } = await keep(Promise.resolve(startScheduler(deployment, lambdas, log)));

  const [queue, deadLetters] = notificationQueues(deployment);
  const state: LocalState = {
    apiUrl: gateway.url,
    docsUrl: `${gateway.url}/docs`,
    mailUrl: mail.mailUrl,
    cognitoEndpoint: cognito.endpoint,
    lambdaEndpoint: lambdaEndpoint.url,
    region: REGION,
    userPoolId: USER_POOL_ID,
    userPoolClientId: CLIENT_ID,
    databaseUrl: postgres.url.replace('/postgres?', `/${DATABASE_NAME}?`),
    redisUrl: redis.url ?? null,
    sqsEndpoint: sqs.endpoint,
    queueUrl: queueUrl(sqs.endpoint, queue),
    dlqUrl: queueUrl(sqs.endpoint, deadLetters),
    jobs: schedules.filter(({ intervalMs }) => intervalMs <= 300_000).map(({ functionArn }) => functionArn),
    accounts: ACCOUNTS.map(({ role, email }) => ({ role, email, password: DEMO_PASSWORD })),
  };
  await writeFile(join(folder, 'state.json'), `${JSON.stringify(state, undefined, 2)}\n`);
  stack.defer(() => rm(join(folder, 'state.json'), { force: true }));
  return state;

  function refuseSecond(pid: number): never {
    throw new Error(`MedBook runs in ${folder} already, as process ${pid}: use that one, or stop it first.`);
  }
}

/** The names of the notifier's queue, and of the one where its dead letters go. */
function notificationQueues(deployment: Deployment): readonly [string, string] {
  const name = notificationQueueName(STAGE);
  const queue = readQueues(deployment).find((one) => one.name === name);
  if (!queue?.deadLetter) throw new Error(`The templates have no queue ${name} with a dead-letter queue.`);
  return [name, queue.deadLetter.queueName];
}

async function emptyData(folder: string): Promise<void> {
  // One that an earlier, killed run left would write into what is being removed.
  await stopLeftoverServer('PostgreSQL', join(folder, 'postgres'));
  for (const data of ['postgres', 'cognito']) await rm(join(folder, data), { recursive: true, force: true });
}
