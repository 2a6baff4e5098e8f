import { UserNotFoundException } from '@aws-sdk/client-cognito-identity-provider';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log, logError } from '../../../lambdas/shared/log.ts';
import { DatabaseUnavailableError } from '../../../lambdas/shared/sql.ts';

const PERSONAL_DATA = 'Jane Canary';
let lines: string[];

beforeEach(() => {
  lines = [];
  // The logger does not use the global console, so the tests read what the process writes.
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** Returns an error as the driver creates it from a server response. */
function createDatabaseError(): pg.DatabaseError {
  const message = `duplicate key value violates unique constraint "patients_name": ${PERSONAL_DATA}`;
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), {
    severity: 'ERROR',
    code: '23505',
    constraint: 'patients_name',
    detail: `Key (name)=(${PERSONAL_DATA}) already exists.`,
    where: `SQL statement "insert … '${PERSONAL_DATA}'"`,
    hint: PERSONAL_DATA,
    internalQuery: PERSONAL_DATA,
  });
}

const readLoggedLine = () => {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
};

describe('an event', () => {
  it('is one line with a message and ids', () => {
    log('appointment_booked', { requestId: 'r', appointmentId: 'a', count: 2 });
    expect(readLoggedLine()).toMatchObject({
      level: 'INFO',
      message: 'appointment_booked',
      requestId: 'r',
      appointmentId: 'a',
      count: 2,
    });
  });
});

describe('an error', () => {
  it('is logged with its name, stack and cause', () => {
    logError('request_failed', new TypeError('x is not a function', { cause: new Error('why') }), { requestId: 'r' });
    expect(readLoggedLine()).toMatchObject({
      level: 'ERROR',
      message: 'request_failed',
      requestId: 'r',
      error: {
        name: 'TypeError',
        stack: expect.stringContaining('log.test.ts'),
        cause: { name: 'Error', stack: expect.stringContaining('why') },
      },
    });
  });

  it.each<[string, unknown]>([
    ['of the database', createDatabaseError()],
    [
      'of the database, as the cause of another error',
      new Error('The slots are not made.', { cause: createDatabaseError() }),
    ],
    ['of the database, as the cause of its unavailability', new DatabaseUnavailableError(createDatabaseError())],
    [
      'of Cognito, which repeats its input',
      new UserNotFoundException({
        message: `Value '${PERSONAL_DATA}' at 'username' failed to satisfy constraint`,
        $metadata: {},
      }),
    ],
    ['that is a string', PERSONAL_DATA],
    ['that is an object', { message: PERSONAL_DATA, name: PERSONAL_DATA }],
    [
      'that has its own fields',
      Object.assign(new Error('It failed.'), { patient: PERSONAL_DATA, detail: PERSONAL_DATA }),
    ],
    [
      'that aggregates other errors',
      new AggregateError([createDatabaseError(), new Error(PERSONAL_DATA)], '2 of 3 failed.'),
    ],
  ])('%s is logged without personal data', (_, error) => {
    logError('request_failed', error, { requestId: 'r' });
    expect(lines.join('')).toContain('request_failed');
    expect(lines.join('')).not.toContain('Canary');
  });

  it('of the database is logged with its code, constraint and stack', () => {
    logError('request_failed', createDatabaseError());
    expect(readLoggedLine().error).toMatchObject({
      code: '23505',
      constraint: 'patients_name',
      stack: expect.stringContaining('    at '),
    });
  });
});
