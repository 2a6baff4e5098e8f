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

/** What CloudWatch makes metrics of. */
const readPublishedMetrics = () => lines.map((line) => JSON.parse(line)).filter((line) => '_aws' in line);

/** The numbers of the one line that there must be. */
function readCounts() {
  publishMetrics();
  expect(readPublishedMetrics()).toHaveLength(1);
  const { _aws, service, ...numbers } = readPublishedMetrics()[0];
  return numbers;
}

/** A database that gives these answers, one for each call. */
function createDbReturning(...rows: object[]): Db {
  const left = [...rows];
  return {
    query: async () => {
      const row = left.shift();
      if (row instanceof Error) throw row;
      return JSON.parse(JSON.stringify({ rows: row ? [row] : [] }));
    },
  };
}

const command = { sub: 's', groups: ['patient'], requestId: 'r', idempotencyKey: undefined, requestHash: 'h' };
const request = { clinicId: 'c', startTime: new Date(0), slots: 1, type: 'in_person', hold: false } as const;
const book = (...rows: object[]) => bookAppointment(createDbReturning(...rows), command, request);
const outcome = (code: string, replayed = false) => ({ result: { outcome: code }, replayed, requestId: 'r' });

describe('what is counted', () => {
  it('is one line with one dimension and nothing about anybody', () => {
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

  it('is nothing where nothing happened', () => {
    publishMetrics();
    expect(lines).toEqual([]);
  });

  it('has the unit that its name says', () => {
    recordMetric('UnindexedSeconds', 90);
    publishMetrics();
    expect(readPublishedMetrics()[0]._aws.CloudWatchMetrics[0].Metrics).toEqual([
      { Name: 'UnindexedSeconds', Unit: 'Seconds' },
    ]);
    for (const [name, unit] of Object.entries(METRICS)) expect(unit === 'Seconds', name).toBe(name.endsWith('Seconds'));
  });
});

describe('of a booking', () => {
  it('is the attempt, the success and the doctors passed over', async () => {
    await book({ result: { outcome: 'done', skippedDoctors: 2 }, replayed: false });
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingsMade: 1, AnyDoctorFallThroughs: 2 });
  });

  it('of one doctor passes nobody over', async () => {
    const answer = { result: { outcome: 'done', skippedDoctors: 0 }, replayed: false };
    await bookAppointment(createDbReturning(answer), command, { ...request, doctorId: 'd' });
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingsMade: 1 });
  });

  it('is no second success when it is a repeat', async () => {
    await book(outcome('done', true));
    expect(readCounts()).toEqual({ BookingAttempts: 1 });
  });

  it('is every try again while a rival has the time', async () => {
    await book(outcome('slot_contended'), outcome('slot_contended'), outcome('done'));
    const { BookingsMade, ContendedTries } = readCounts();
    expect({ BookingsMade, tries: [ContendedTries].flat().length }).toEqual({ BookingsMade: 1, tries: 2 });
  });

  it('is a failure when it is our fault, and none when it is refused', async () => {
    await expect(book(new Error('broken'))).rejects.toThrow('broken');
    expect(readCounts()).toEqual({ BookingAttempts: 1, BookingFailures: 1 });
    lines = [];
    await book(outcome('slot_taken'));
    expect(readCounts()).toEqual({ BookingAttempts: 1 });
  });
});

describe('of an answer', () => {
  it.each<[RefusalCode, object]>([
    ['slot_taken', { Conflicts: 1 }],
    ['slot_contended', { TooManyRequests: 1 }],
  ])('%s is %j, written with the answer', async (refusal, numbers) => {
    const event = { httpMethod: 'POST', resource: '/appointments', headers: {}, requestContext: { requestId: 'r' } };
    const request: object = { event, error: new RefusalError(refusal), internal: {} };
    await createResponseMiddleware('*').onError?.(Object(request));
    expect(readCounts()).toEqual(numbers);
  });
});

describe('of the daily job', () => {
  it('is how many slots are free and taken', async () => {
    const db = createDbReturning({ id: 'd' }, { created: 1, reopened: 0, withdrawn: 0 }, { free: 30, taken: 12 });
    await generateSlots(db);
    expect(readCounts()).toEqual({ SlotsFree: 30, SlotsTaken: 12 });
  });
});
