import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logError } from '../shared/log.ts';
import type { MetricName } from '../shared/metrics.contract.ts';
import { recordMetric } from '../shared/metrics.ts';
import { type DeliveryDeps, type DeliveryOutcome, deliverNotification } from './deliver-notification.ts';
import { type NotificationQueue, parseQueueMessage } from './notification-queue.ts';
import { listNotificationsOfRequest, planNotifications } from './notifications.sql.ts';
import { stopAfterPostponement } from './send-to-provider.ts';

interface NotifierDeps extends DeliveryDeps {
  readonly queue: NotificationQueue;
  /** Milliseconds until the run times out. */
  readonly remainingMilliseconds: () => number;
}

/** The time that one notification may need: three statements and a provider timeout. */
const MARGIN_MILLISECONDS = 8_000;
const MAX_CHANGES = 100;

/**
 * Handles a batch of queue messages. A message that fails does not affect the others: it is retried after a growing delay and moves to
 * the dead-letter queue after the fifth attempt.
 */
export async function handleQueueMessages(deps: NotifierDeps, { Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batchDeps = {
    ...deps,
    prepareEmail: stopAfterPostponement(deps.prepareEmail),
    prepareSms: stopAfterPostponement(deps.prepareSms),
  };
  const failures = await Promise.all(Records.map((record) => handleRecord(batchDeps, record)));
  return { batchItemFailures: failures.flatMap((failure) => failure ?? []) };
}

async function handleRecord(deps: NotifierDeps, record: SQSRecord): Promise<SQSBatchItemFailure | undefined> {
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  try {
    const failure = await deliverNotificationsOf(deps, record.body);
    if (failure === undefined) return undefined;
    await deps.queue.hide(record.receiptHandle, failure === 'failed' ? retryDelaySeconds(receiveCount) : 0);
  } catch (error) {
    logError('message_failed', error, { count: receiveCount });
  }
  return { itemIdentifier: record.messageId };
}

/**
 * Delivers the notifications of a message and returns the worst failure. A retry may help after `failed`, but not after `dead` or
 * `poison` (a message that MedBook did not send). Undefined if the message is done.
 */
async function deliverNotificationsOf(
  deps: NotifierDeps,
  body: string,
): Promise<'failed' | 'dead' | 'poison' | undefined> {
  const message = parseQueueMessage(body);
  if (!message) return 'poison';
  const { request, notification, replay } = message;
  const ids = request === undefined ? [notification] : await planNotificationsOf(deps, request);
  const outcomes: DeliveryOutcome[] = [];
  for (const id of ids) {
    if (deps.remainingMilliseconds() < MARGIN_MILLISECONDS) return 'failed';
    outcomes.push(await deliverNotification(deps, id, replay));
  }
  for (const outcome of outcomes) {
    const metric = METRIC_BY_OUTCOME[outcome];
    if (metric) recordMetric(metric);
  }
  return (['dead', 'failed'] as const).find((failure) => outcomes.includes(failure));
}

async function planNotificationsOf({ db }: NotifierDeps, requestId: string): Promise<string[]> {
  await planNotifications(db, requestId, MAX_CHANGES);
  return listNotificationsOfRequest(db, requestId);
}

const METRIC_BY_OUTCOME: Readonly<Partial<Record<DeliveryOutcome, MetricName>>> = {
  sent: 'NotificationsSent',
  suppressed: 'NotificationsSuppressed',
  postponed: 'NotificationsPostponed',
  failed: 'NotificationsFailed',
  unknown: 'NotificationsUnknown',
  dead: 'NotificationsDead',
};

/** 30 seconds after the first attempt, then 1, 2 and 4 minutes. 0 after the fifth, when the message moves to the dead-letter queue. */
function retryDelaySeconds(receiveCount: number): number {
  return receiveCount >= 5 ? 0 : 30 * 2 ** (receiveCount - 1);
}
