import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logError } from '../shared/log.ts';
import { count, type MetricName } from '../shared/metrics.ts';
import { type Delivery, type DeliveryDeps, deliver } from './deliver.ts';
import { listOfRequest, planNotifications } from './notifications.sql.ts';
import { patient } from './provider.ts';
import { type NotificationQueue, readMessage } from './queue.ts';

interface NotifierDeps extends DeliveryDeps {
  readonly queue: NotificationQueue;
  /** How much of its time the run has left, in milliseconds. */
  readonly timeLeft: () => number;
}

/** What one message may still need: three statements and a provider that does not answer. */
const MARGIN_MILLISECONDS = 8_000;
const MOST_CHANGES = 100;

/**
 * Does what a batch of messages asks for. Each message is for itself: one that fails comes again, after a while that grows, and ends in
 * the dead-letter queue the fifth time; the others are done.
 */
export async function handleMessages(deps: NotifierDeps, { Records }: SQSEvent): Promise<SQSBatchResponse> {
  const ofBatch = { ...deps, prepareEmail: patient(deps.prepareEmail), prepareSms: patient(deps.prepareSms) };
  const failures = await Promise.all(Records.map((record) => handle(ofBatch, record)));
  return { batchItemFailures: failures.flatMap((failure) => failure ?? []) };
}

async function handle(deps: NotifierDeps, record: SQSRecord): Promise<SQSBatchItemFailure | undefined> {
  const received = Number(record.attributes.ApproximateReceiveCount);
  try {
    const worst = await deliverAll(deps, record.body);
    if (worst === undefined) return undefined;
    await deps.queue.hide(record.receiptHandle, worst === 'failed' ? pauseSeconds(received) : 0);
  } catch (error) {
    logError('message_failed', error, { count: received });
  }
  return { itemIdentifier: record.messageId };
}

/**
 * Delivers what a message names. Answers the worst that became of it: it fails and may go better, or it will not, because it is `dead` or none of
 * ours; undefined: it need not come again.
 */
async function deliverAll(deps: NotifierDeps, body: string): Promise<'failed' | 'dead' | 'poison' | undefined> {
  const message = readMessage(body);
  if (!message) return 'poison';
  const { request, notification, revive } = message;
  const ids = request === undefined ? [notification] : await planned(deps, request);
  const outcomes: Delivery[] = [];
  for (const id of ids) {
    if (deps.timeLeft() < MARGIN_MILLISECONDS) return 'failed';
    outcomes.push(await deliver(deps, id, revive));
  }
  for (const outcome of outcomes) {
    const metric = METRIC_OF[outcome];
    if (metric) count(metric);
  }
  return (['dead', 'failed'] as const).find((bad) => outcomes.includes(bad));
}

async function planned({ db }: NotifierDeps, requestId: string): Promise<string[]> {
  await planNotifications(db, requestId, MOST_CHANGES);
  return listOfRequest(db, requestId);
}

const METRIC_OF: Readonly<Partial<Record<Delivery, MetricName>>> = {
  sent: 'NotificationsSent',
  suppressed: 'NotificationsSuppressed',
  postponed: 'NotificationsPostponed',
  failed: 'NotificationsFailed',
  unknown: 'NotificationsUnknown',
  dead: 'NotificationsDead',
};

/** 30 seconds after the first time, a minute, two, four; then its dead-letter queue takes it, so nothing is gained by a wait. */
function pauseSeconds(received: number): number {
  return received >= 5 ? 0 : 30 * 2 ** (received - 1);
}
