import type { RefusalCode } from '@medbook/contract/refusals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bookAppointment } from '../../../lambdas/appointments/book-appointment.ts';
import { generateSlots } from '../../../lambdas/schedules/generate-slots.ts';
import { createResponseMiddleware } from '../../../lambdas/shared/http/response-middleware.ts';
import { METRICS } from '../../../lambdas/shared/metrics.contract.ts';
import { publishMetrics, recordMetric } from '../../../lambdas/shared/metrics.ts';
import { RefusalError } from '../../../lambdas/shared/refusal-error.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(String(chunk));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Returns the log lines from which CloudWatch extracts metrics. */
const readPublishedMetrics = () => lines.map((line) => JSON.parse(line)).filter((line) => '_aws' in line);

/** Publishes the metrics, expects one line and returns its values. */
function readCounts() {
  publishMetrics();
  expect(readPublishedMetrics()).toHaveLength(1);
  const { _aws, service, ...numbers } = readPublishedMetrics()[0];
  return numbers;
}

/** Returns a database whose queries return these rows, one each. An error is thrown. */
function createDbReturning(...rows: object[]): Db {
  const remainingRows = [...rows];
  return {
    query: async () => {
      const row = remainingRows.shift();
      if (row instanceof Error) throw row;
      return JSON.parse(JSON.stringify({ rows: row ? [row] : [] }));
    },
  };
}

const command = { sub: 's', groups: ['patient'], requestId: 'r', idempotencyKey: undefined, requestHash: 'h' };
const request = { clinicId: 'c', startTime: new Date(0), slots: 1, type: 'in_person', hold: false } as const;
const book = (...rows: object[]) => bookAppointment(createDbReturning(...rows), command, request);
const createOutcome = (code: string, replayed = false) => ({ result: { outcome: code }, replayed, requestId: 'r' });

describe('a metric', () => {
  it('is published in one line with one dimension and no personal data', () => {
    recordMetric('BookingAttempts');
    recordMetric('ContendedTries', 2);
    publishMetrics();
    const [line] = readPublishedMetrics();
    expect(line._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'MedBook',
        Dimensions: [['service']],
        Metrics: [
          { Name: 'BookingAttempts', Unit: 'Count' },
          { Name: 'ContendedTries', Unit: 'Count' },
        ],
      },
    ]);
    expect(Object.keys(line).sort()).toEqual(['BookingAttempts', 'ContendedTries', '_aws', 'service']);
  });

  it('is not published if nothing was recorded', () => {
    publishMetrics();
    expect(lines).toEqual([]);
  });

  it('has the unit that its name implies', () => {
    recordMetric('UnindexedSeconds', 90);
    publishMetrics();
    expect(readPublishedMetrics()[0]._aws.CloudWatchMetrics[0].Metrics).toEqual([
      { Name: 'UnindexedSeconds', Unit: 'Seconds' },
    ]);
    for (const [name, unit] of Object.entries(METRICS)) expect(unit === 'Seconds', name).toBe(name.endsWith('Seconds'));
  });
});

describe('a booking', () => {
  it('counts the attempt, the success and the skipped doctors', async () => {
    await book({ result: { outcome: 'done', skippedDoctors: 2 }, replayed: false });
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingsMade: 1, AnyDoctorFallThroughs: 2 });
  });

  it('with one doctor counts no skipped doctors', async () => {
    const row = { result: { outcome: 'done', skippedDoctors: 0 }, replayed: false };
    await bookAppointment(createDbReturning(row), command, { ...request, doctorId: 'd' });
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingsMade: 1 });
  });

  it('does not count a replayed response as a success', async () => {
    await book(createOutcome('done', true));
    expect(readCounts()).toEqual({ BookingAttempts: 1 });
  });

  it('counts every retry while the slot is contended', async () => {
    await book(createOutcome('slot_contended'), createOutcome('slot_contended'), createOutcome('done'));
    const { BookingsMade, ContendedTries } = readCounts();
    expect({ BookingsMade, tries: [ContendedTries].flat().length }).toEqual({ BookingsMade: 1, tries: 2 });
  });

  it('counts a failure for an error, but not for a refusal', async () => {
    await expect(book(new Error('broken'))).rejects.toThrow('broken');
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingFailures: 1 });
    lines = [];
    await book(createOutcome('slot_taken'));
    expect(readCounts()).toEqual({ BookingAttempts: 1 });
  });
});

describe('an error response', () => {
  it.each<[RefusalCode, object]>([
    ['slot_taken', { Conflicts: 1 }],
    ['slot_contended', { TooManyRequests: 1 }],
  ])('with code %s publishes %j', async (refusal, numbers) => {
    const event = { httpMethod: 'POST', resource: '/appointments', headers: {}, requestContext: { requestId: 'r' } };
    const request: object = { event, error: new RefusalError(refusal), internal: {} };
    await createResponseMiddleware('*').onError?.(Object(request));
    expect(readCounts()).toEqual(numbers);
  });
});

describe('a response', () => {
  async function respond(error: Error) {
    const event = { httpMethod: 'GET', resource: '/me', headers: {}, requestContext: { requestId: 'r' } };
    const context = { functionName: 'PatientApi', functionVersion: '12' };
    await createResponseMiddleware('*').onError?.(Object({ event, context, error, internal: {} }));
    return readPublishedMetrics().filter((line) => 'ServerErrors' in line);
  }

  it('with 5xx counts for the version of the function, with the dimensions of Lambda', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    recordMetric('BookingAttempts');
    await respond(new Error('broken'));
    const lines = await respond(new RefusalError('unavailable'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ ServerErrors: 1, FunctionName: 'PatientApi', ExecutedVersion: '12' });
    expect(lines[0]._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'MedBook',
        Dimensions: [['service', 'FunctionName', 'ExecutedVersion']],
        Metrics: [{ Name: 'ServerErrors', Unit: 'Count' }],
      },
    ]);
    const [booking] = readPublishedMetrics().filter((line) => 'BookingAttempts' in line);
    expect(booking._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service']]);
  });

  it('with another status does not', async () => {
    expect(await respond(new RefusalError('slot_taken'))).toEqual([]);
  });
});

describe('the daily job', () => {
  it('records the numbers of free and taken slots', async () => {
    const db = createDbReturning({ id: 'd' }, { created: 1, reopened: 0, withdrawn: 0 }, { free: 30, taken: 12 });
    await generateSlots(db);
    expect(readCounts()).toEqual({ SlotsFree: 30, SlotsTaken: 12, TimeZonesDiffering: 0 });
  });
});
