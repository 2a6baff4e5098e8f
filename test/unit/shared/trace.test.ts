import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTrace } from '../../../lambdas/shared/trace.ts';

const daemon = createSocket('udp4');
const received: Record<string, unknown>[] = [];
daemon.on('message', (message) => {
  const [, segment = '{}'] = message.toString().split('\n');
  received.push(JSON.parse(segment));
});

beforeAll(async () => {
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
});
afterAll(() => daemon.close());
beforeEach(() => {
  received.length = 0;
  vi.resetModules();
});
afterEach(() => vi.unstubAllEnvs());

/** Returns the trace of a function, with the environment variables that Lambda sets. */
async function createFunctionTrace(sampled: 0 | 1 = 1) {
  const address = `127.0.0.1:${daemon.address().port}`;
  vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', address);
  vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=${sampled}`);
  const { createTrace: createTraceInLambda } = await import('../../../lambdas/shared/trace.ts');
  return createTraceInLambda(address);
}

test('without an X-Ray daemon, the work runs and no segment is sent', async () => {
  expect(await createTrace(undefined)('book_appointment', async () => 'done')).toBe('done');
  expect(received).toEqual([]);
});

test('a traced function sends a segment that belongs to the trace of the request', async () => {
  const trace = await createFunctionTrace();
  expect(await trace('book_appointment', async () => 'done')).toBe('done');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(received[0]).toMatchObject({
    name: 'book_appointment',
    namespace: 'remote',
    trace_id: '1-5759e988-bd862e3fe1be46a994272793',
    parent_id: '53995c3f42cd8ad8',
  });
});

test('a failed segment is marked as a fault and does not contain the error message', async () => {
  const trace = await createFunctionTrace();
  const failure = new Error('Key (email)=(ada@example.org) already exists.');
  await expect(trace('add_doctor', () => Promise.reject(failure))).rejects.toBe(failure);
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(received[0]).toMatchObject({ name: 'add_doctor', fault: true });
  expect(JSON.stringify(received)).not.toContain('ada@example.org');
});

test('no segment is sent for a request that is not sampled', async () => {
  const trace = await createFunctionTrace(0);
  expect(await trace('book_appointment', async () => 'done')).toBe('done');
  // The daemon receives segments in order, so the next one proves that none was sent before it.
  const sampled = await createFunctionTrace();
  await sampled('add_doctor', async () => 'done');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(received[0]).toMatchObject({ name: 'add_doctor' });
});
