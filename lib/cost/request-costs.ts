import { LOG_BYTES, PER_BOOKING } from './assumptions.ts';
import type { CostPart } from './cost-line.ts';
import { findFunction, readApiTraceRate, readGigabytes, readTracedShare } from './functions.ts';
import { listLogCosts } from './log-costs.ts';

const { requests, requestSeconds, bookingSeconds, emails, smsMessages, notifierSeconds, queueRequests, databaseIo } =
  PER_BOOKING;
const MESSAGES = emails + smsMessages;
/** Bytes of log for each booking. */
export const LOG_BYTES_PER_BOOKING =
  requests * (LOG_BYTES.accessLog + LOG_BYTES.request + LOG_BYTES.lambda) +
  MESSAGES * (LOG_BYTES.lambda + LOG_BYTES.run);

/** Requests of the API, and what they cause: functions, traces, logs, queues. */
export const REQUEST_COSTS: CostPart = {
  types: [
    'AWS::ApiGateway::RestApi',
    'AWS::Lambda::Function',
    'AWS::SQS::Queue',
    'AWS::XRay::SamplingRule',
    'AWS::Logs::LogGroup',
  ],
  listPerBooking: (resources) => {
    const notifier = findFunction(resources, 'NotificationsNotifier');
    const requestTime = (requests - 1) * requestSeconds * readGigabytes(findFunction(resources, 'AvailabilityApi'));
    const bookingTime = bookingSeconds * readGigabytes(findFunction(resources, 'PatientApi'));
    return [
      { what: 'API Gateway', price: 'restRequests', quantity: requests },
      { what: 'time of the API functions', price: 'functionTime', quantity: requestTime + bookingTime },
      {
        what: 'time of the notifier',
        price: 'functionTime',
        quantity: MESSAGES * notifierSeconds * readGigabytes(notifier),
      },
      { what: 'invocations of functions', price: 'functionRequests', quantity: requests + MESSAGES },
      { what: 'traces of requests', price: 'traces', quantity: requests * readApiTraceRate(resources) },
      { what: 'traces of the notifier', price: 'traces', quantity: MESSAGES * readTracedShare(notifier) },
      ...listLogCosts(resources, 'requests', LOG_BYTES_PER_BOOKING / 1e9),
      { what: 'queue requests', price: 'queueRequests', quantity: queueRequests },
      { what: 'writes of the database', price: 'auroraIo', quantity: databaseIo },
    ];
  },
};

/** Messages to people. */
export const MESSAGE_COSTS: CostPart = {
  types: ['AWS::SES::EmailIdentity'],
  listPerBooking: () => [
    { what: 'emails', price: 'emails', quantity: emails },
    { what: 'SMS', price: 'smsMessages', quantity: smsMessages },
  ],
};
