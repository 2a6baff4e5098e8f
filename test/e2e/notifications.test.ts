import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { appointment } from '@medbook/contract/appointment';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { withClient } from '../../lambdas/shared/database.ts';
import type { CaughtMessage } from '../../local/messages/caught-message.ts';
import type { LocalState } from '../../local/system/local-state.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';
import { runProgram } from '../support/system/run-program.ts';
import { createSystemFolder, type SystemProcess, startSystemProcess } from '../support/system/system-process.ts';

// These tests start their own system, because they move its clock.
let folder: string;
let system: SystemProcess;
let state: LocalState;

const CLINIC = '0d000000-0000-4000-8000-000000000001';
const TIMEOUT_SECONDS = 10;

beforeAll(async () => {
  folder = await createSystemFolder();
  system = startSystemProcess(folder, { args: ['--no-rate-limits'] });
  state = await system.waitUntilReady();
});

afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const runTool = (script: string, ...args: string[]) => runProgram(script, args, folder);
const createToken = async (email: string) => (await runTool('local/token.ts', email)).trim();
const callSystem = (route: string, options: Parameters<typeof callApi>[1] = {}) =>
  callApi(route, options, state.apiUrl);
const runSql = (text: string, values: readonly unknown[] = []) =>
  withClient({ connectionString: state.databaseUrl }, (db) => db.query(text, values));

async function listMessages(address: string): Promise<CaughtMessage[]> {
  const all: readonly CaughtMessage[] = JSON.parse(await (await fetch(`${state.mailUrl}/messages`)).text());
  return all.filter(({ to }) => to.includes(address));
}

/** Waits for a message to this address with this text in its subject or body. Returns the newest one. */
function waitForMessage(address: string, text: string): Promise<CaughtMessage> {
  return vi.waitFor(
    async () => {
      const all = await listMessages(address);
      const found = all.find((message) => `${message.subject} ${message.text}`.includes(text));
      if (!found)
        throw new Error(
          `No message to ${address} contains "${text}". Received: ${all.map(({ subject, text }) => subject ?? text)}`,
        );
      return found;
    },
    { timeout: TIMEOUT_SECONDS * 1000, interval: 100 },
  );
}

/** Books a free time of the first demo clinic, at least this number of days ahead of its clock. */
async function bookInDays(email: string, days: number) {
  const { rows } = await runSql(
    `select start_time as start from availability_slots
     where clinic_id = $1 and status = 'free' and start_time >= clock() + make_interval(days => $2)
       and start_time not in (select start_time from appointments)
     order by start_time limit 1`,
    [CLINIC, days],
  );
  const [{ start }] = z.array(z.object({ start: z.date() })).parse(rows) as [{ start: Date }];
  const token = await createToken(email);
  const body = { clinicId: CLINIC, startTime: start.toISOString() };
  return { token, ...expectSuccess(await callSystem('POST /appointments', { token, body }), 201, appointment) };
}

describe('a patient of the local system', () => {
  const PATIENT = 'patient1@demo.medbook.example';

  it('receives emails about a booking, its reminder after the clock has moved, and its cancellation', async () => {
    const { id, reference, token } = await bookInDays(PATIENT, 3);
    const email = await waitForMessage(PATIENT, reference);
    expect(email).toMatchObject({ channel: 'email', subject: 'A sua consulta em Clínica da Baixa' });
    expect(email.attachments.map(({ name }) => name)).toContain('appointment.ics');
    await waitForMessage('desk.lisbon@demo.medbook.example', reference);

    const file = await callSystem(`GET /appointments/${id}/calendar.ics`, { token });
    expect(file.headers['content-type']).toMatch(/^text\/calendar/);
    expect(file.body).toContain(`UID:${id}@medbook`);

    // The reminder is sent within a day of the start, but not in quiet hours, and the test can run at any hour.
    const output = await runTool('local/clock.ts', '2d');
    expect(output).toContain('48 h 0 min ahead');
    for (
      let moved = 0;
      moved < 24 && !(await listMessages(PATIENT)).some(({ subject }) => subject?.startsWith('Lembrete'));
      moved += 2
    )
      await runTool('local/clock.ts', '2h');
    await waitForMessage(PATIENT, 'Lembrete: a sua consulta');

    expectSuccess(await callSystem(`POST /appointments/${id}/cancel`, { token, body: {} }), 200, appointment);
    await waitForMessage(PATIENT, 'está cancelada');
    const subjects = (await listMessages(PATIENT))
      .filter(({ text }) => text?.includes(reference))
      .map(({ subject }) => subject);
    expect(subjects).toHaveLength(3);
    expect(await runTool('local/clock.ts', 'reset')).toContain("the same as the machine's");
  });

  it('receives an SMS about a booking if they have chosen SMS', async () => {
    const { reference } = await bookInDays('patient2@demo.medbook.example', 4);
    const sms = await waitForMessage('+351910000002', reference);
    expect(sms.channel).toBe('sms');
    expect(sms.text?.length).toBeLessThanOrEqual(160);
  });

  it('receives no more emails after unsubscribing by the link', async () => {
    const { reference } = await bookInDays(PATIENT, 5);
    const email = await waitForMessage(PATIENT, reference);
    const link = /<(http:[^>]+)>/.exec(email.headers?.['list-unsubscribe'] ?? '')?.[1] ?? '';
    expect(link).toContain(`${state.apiUrl}/unsubscribe?token=`);
    expect(await (await fetch(link)).text()).toContain('<form method="post">');
    const oneClick = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    expect((await fetch(link, { method: 'POST', body: oneClick })).status).toBe(200);
    const other = await bookInDays(PATIENT, 6);
    await waitForMessage('desk.lisbon@demo.medbook.example', other.reference);
    const subjects = (await listMessages(PATIENT)).filter(({ text }) => text?.includes(other.reference));
    expect(subjects).toEqual([]);
    await runSql('update patients set notify_by_email = true where email = $1', [PATIENT]);
  });

  it('receives nothing more at an address that bounced', async () => {
    const address = `bounce+${randomUUID()}@simulator.amazonses.com`;
    await runSql('update patients set email = $2 where email = $1', [PATIENT, address]);
    const first = await bookInDays(PATIENT, 7);
    await waitForMessage(address, first.reference);
    await vi.waitFor(async () => {
      const { rows } = await runSql('select reason from blocked_addresses where address = $1', [address]);
      expect(rows).toEqual([{ reason: 'bounced' }]);
    }, TIMEOUT_SECONDS * 1000);
    const second = await bookInDays(PATIENT, 8);
    await waitForMessage('desk.lisbon@demo.medbook.example', second.reference);
    expect(await listMessages(address)).toHaveLength(1);
  });
});

describe('npm run dlq', () => {
  it('reports an empty queue, and prints its usage for an unknown command', async () => {
    expect(await runTool('bin/dlq.ts', 'list')).toBe('The dead-letter queue is empty.\n');
    await expect(runTool('bin/dlq.ts', 'lst')).rejects.toMatchObject({
      stderr: expect.stringContaining('npm run dlq -- list|replay'),
    });
  });

  it('lists dead letters and replays them', async () => {
    // The same as after five failures: a message that can be sent now, and an invalid one.
    const { reference, id } = await bookInDays('patient2@demo.medbook.example', 9);
    await waitForMessage('+351910000002', reference);
    const { rows } = await runSql(
      `update notifications set status = 'dead', attempts = 5 where appointment_id = $1 and channel = 'sms' returning id`,
      [id],
    );
    const notification = String(z.array(z.object({ id: z.string() })).parse(rows)[0]?.id);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new SQSClient({ endpoint: state.sqsEndpoint, region: state.region, credentials });
    for (const MessageBody of [JSON.stringify({ notification }), 'poison'])
      await client.send(new SendMessageCommand({ QueueUrl: state.dlqUrl, MessageBody }));
    client.destroy();

    for (let times = 0; times < 2; times += 1) {
      const listed = await runTool('bin/dlq.ts', 'list');
      expect(listed).toContain(notification);
      expect(listed).toContain('Total: 2.');
    }
    expect(await runTool('bin/dlq.ts', 'replay')).toMatch(/\n2 replayed\.\n$/);
    await vi.waitFor(
      async () =>
        expect((await listMessages('+351910000002')).filter(({ text }) => text?.includes(reference))).toHaveLength(2),
      TIMEOUT_SECONDS * 1000,
    );
    // The invalid message fails five more times and returns to the dead-letter queue.
    await vi.waitFor(
      async () => expect(await runTool('bin/dlq.ts', 'list')).toMatch(/ poison\nTotal: 1\.\n$/),
      TIMEOUT_SECONDS * 1000,
    );
  });
});
