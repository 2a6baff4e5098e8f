import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { profile } from '@medbook/contract/profile';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalState } from '../../local/system/local-state.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectRefusal, expectSuccess } from '../support/http/expect-response.ts';
import { runProgram } from '../support/system/run-program.ts';
import { findLeftProcesses } from '../support/system/running-processes.ts';
import { createSystemFolder, type SystemProcess, startSystemProcess } from '../support/system/system-process.ts';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await createSystemFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** Starts a system, and kills it after the test if it still runs. */
function startSystem(options: Parameters<typeof startSystemProcess>[1] = {}): SystemProcess {
  const system = startSystemProcess(folder, options);
  onTestFinished(async () => void (await system.stop('SIGKILL')));
  return system;
}

const expectNoProcesses = async () => expect(await findLeftProcesses(folder, 10_000)).toEqual([]);

describe('a start that does not complete', () => {
  it('because the port is in use names the port and leaves no process', async () => {
    const otherServer = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void otherServer.close());
    await once(otherServer, 'listening');
    const address = otherServer.address();
    const port = typeof address === 'object' && address ? address.port : 0;

    const system = startSystem({ port });
    expect(await system.waitForExit()).toBe(1);
    expect(system.output().trim()).toBe(
      `Port ${port} is already in use: stop the program that listens on it, or choose another port.`,
    );
    await expectNoProcesses();
  });

  it.each([
    ['--frsh', /Unknown option '--frsh'.*npm start.*--no-rate-limits/s],
    ['fresh', /Unexpected argument 'fresh'.*npm start/s],
  ])('because of the invalid argument %s prints the usage', async (arg, sentence) => {
    const system = startSystem({ args: [arg] });
    expect(await system.waitForExit()).toBe(1);
    expect(system.output()).toMatch(sentence);
  });

  it('because the disk is full reports the folder of PostgreSQL and leaves no process', async (test) => {
    const disk = join(folder, 'postgres');
    await mkdir(disk);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).catch(() => undefined);
    if (!mounted) test.skip('Only root can mount a small disk, and not every system permits it.');
    onTestFinished(() => run('umount', [disk]).then(() => rm(disk, { recursive: true })));

    const system = startSystem();
    expect(await system.waitForExit()).toBe(1);
    expect(system.output()).toContain(`PostgreSQL's data could not be created in ${disk}`);
    expect(system.output()).toContain('No space left on device');
    await expectNoProcesses();
  });

  it('because it is interrupted leaves no process', async () => {
    const system = startSystem();
    await system.waitForOutput('✓ PostgreSQL');
    expect(await system.stop('SIGINT')).toBe(0);
    expect(system.output().trim()).toMatch(/Stopping …$/);
    await expectNoProcesses();
  });
});

describe('a local system', () => {
  const patient = 'patient1@demo.medbook.example';
  let system: SystemProcess;
  let state: LocalState;

  const start = async (...args: string[]) => {
    system = startSystemProcess(folder, { args });
    state = await system.waitUntilReady();
  };
  const createPatientToken = async () => (await runProgram('local/token.ts', [patient], folder)).trim();
  const readPatientName = async () => {
    const token = await createPatientToken();
    return expectSuccess(await callApi('GET /me', { token }, state.apiUrl), 200, profile).name;
  };

  beforeAll(() => start('--no-rate-limits'));
  afterAll(() => system.stop('SIGKILL'));

  it('prints that it has no rate limits if it was started with --no-rate-limits', () => {
    expect(system.output()).toMatch(/^ {2}Limits +none \(--no-rate-limits\)$/m);
  });

  it('cannot be started twice in the same folder', async () => {
    const second = startSystem({ args: ['--fresh'] });
    expect(await second.waitForExit()).toBe(1);
    expect(second.output().trim()).toBe(
      `MedBook is already running in ${folder} as process ${system.pid}: use it, or stop it first.`,
    );
    const options = { token: await createPatientToken(), body: { name: 'Paula Kept' } };
    expectSuccess(await callApi('PATCH /me', options, state.apiUrl), 200, profile);
  });

  it('returns 503 after its PostgreSQL is killed, and recovers by itself', async () => {
    expect((await callApi('GET /clinics', {}, state.apiUrl)).status).toBe(200);
    const [pid] = (await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    const statuses = new Set<number>();
    for (let last = 0; last !== 200 || !statuses.has(503); ) {
      const response = await callApi('GET /clinics', {}, state.apiUrl);
      last = response.status;
      statuses.add(last);
      if (last === 200) continue;
      expectRefusal(response, 503, 'unavailable');
      expect(response.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    await system.waitForOutput('PostgreSQL is running again.');
    expect(await readPatientName()).toBe('Paula Kept');
  });

  it('that is killed leaves no process, and starts again with its data', async () => {
    // Proves that the check below can find processes.
    if (process.platform === 'linux') expect(await findLeftProcesses(folder, 0)).not.toEqual([]);
    await system.stop('SIGKILL');
    await expectNoProcesses();
    await start();
    expect(await readPatientName()).toBe('Paula Kept');
  });

  it('limits requests as in AWS and ignores X-Forwarded-For, until Redis is killed', async (test) => {
    if (state.redisUrl === null) test.skip('Without Redis, requests are not counted.');
    expect(system.output()).toMatch(/^ {2}Limits +on requests and on bookings/m);
    const requestAs = (i: number) =>
      callApi('GET /specializations', { headers: { 'X-Forwarded-For': `192.0.2.${i % 250}` } }, state.apiUrl);
    let passed = 0;
    let response = await requestAs(passed);
    for (; response.status === 200 && passed < 200; response = await requestAs(passed)) passed += 1;
    expectRefusal(response, 429, 'rate_limited');
    expect(response.headers).toMatchObject({
      ratelimit: expect.stringMatching(/^"address";r=0;t=\d+$/),
      'ratelimit-policy': '"address";q=100;w=900',
      'retry-after': expect.stringMatching(/^[1-9]\d*$/),
    });
    // A function can accept requests without counting them until it is connected to Redis.
    expect(passed).toBeGreaterThanOrEqual(100);
    expect(passed).toBeLessThanOrEqual(104);
    expect(await readPatientName()).toBe('Paula Kept');

    const [, server = ''] = (await readFile(join(folder, 'redis', 'server.lock'), 'utf8')).split('\n');
    process.kill(JSON.parse(server).pid, 'SIGKILL');
    await system.waitForOutput('Redis ended');
    await expect.poll(async () => (await requestAs(0)).status).toBe(200);
    for (let i = 0; i < 120; i++) expect((await requestAs(i)).status).toBe(200);
  });

  it('returns free times and limits bookings without Redis too', async () => {
    const clinics = await callApi('GET /clinics', {}, state.apiUrl);
    const { items } = clinics.body as { items: { id: string }[] };
    const [from, to] = [2, 20].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const query = `clinicId=${items[0]?.id}&from=${from}&to=${to}`;
    const { status, body } = await callApi(`GET /availability?${query}`, {}, state.apiUrl);
    const { source, times } = body as { source: string; times: { startTime: string }[] };
    expect({ status, source }).toEqual({ status: 200, source: 'database' });

    const token = await createPatientToken();
    const book = ({ startTime }: { startTime: string }) =>
      callApi('POST /appointments', { token, body: { clinicId: items[0]?.id, startTime, hold: true } }, state.apiUrl);
    const responses = [];
    for (const time of times.slice(0, 6)) responses.push(await book(time));
    expect(responses.map((response) => response.status)).toEqual([201, 201, 201, 409, 409, 429]);
    const last = responses.at(-1) ?? expect.fail('There is no response.');
    expectRefusal(last, 429, 'rate_limited');
    expect(last.headers).toMatchObject({
      'ratelimit-policy': '"bookings";q=5;w=60',
      ratelimit: expect.stringMatching(/^"bookings";r=0;t=\d+$/),
      'retry-after': expect.stringMatching(/^[1-9]\d?$/),
    });
  });

  it('stops on SIGTERM and deletes its state file', async () => {
    expect(await system.stop('SIGTERM')).toBe(0);
    await expectNoProcesses();
    expect(existsSync(join(folder, 'state.json'))).toBe(false);
    await expect(createPatientToken()).rejects.toMatchObject({
      stderr: expect.stringContaining('start one with npm start'),
    });
  });

  it('that is started with --fresh has the demo data', async () => {
    await start('--fresh');
    expect(await readPatientName()).toBe('Paula Silva');
    expect(await system.stop('SIGINT')).toBe(0);
    await expectNoProcesses();
  });
});
