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

/** A start that the test itself brings to its end, or else this does. */
function startSystem(options: Parameters<typeof startSystemProcess>[1] = {}): SystemProcess {
  const system = startSystemProcess(folder, options);
  onTestFinished(async () => void (await system.stop('SIGKILL')));
  return system;
}

const expectNoProcesses = async () => expect(await findLeftProcesses(folder, 10_000)).toEqual([]);

describe('a start that cannot be', () => {
  it('on a taken port names it, and leaves nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const address = other.address();
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
  ])('with %s says what there is', async (arg, sentence) => {
    const system = startSystem({ args: [arg] });
    expect(await system.waitForExit()).toBe(1);
    expect(system.output()).toMatch(sentence);
  });

  it('without space for PostgreSQL says so, and leaves nothing', async (test) => {
    const disk = join(folder, 'postgres');
    await mkdir(disk);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).catch(() => undefined);
    if (!mounted) test.skip('A small disk can be mounted by root only, and where the system lets it.');
    onTestFinished(() => run('umount', [disk]).then(() => rm(disk, { recursive: true })));

    const system = startSystem();
    expect(await system.waitForExit()).toBe(1);
    expect(system.output()).toContain(`PostgreSQL's data could not be created in ${disk}`);
    expect(system.output()).toContain('No space left on device');
    await expectNoProcesses();
  });

  it('because it is interrupted leaves nothing', async () => {
    const system = startSystem();
    await system.waitForOutput('✓ PostgreSQL');
    expect(await system.stop('SIGINT')).toBe(0);
    expect(system.output().trim()).toMatch(/Stopping …$/);
    await expectNoProcesses();
  });
});

describe('a system', () => {
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

  it('says that it has no limits, when it was asked to have none', () => {
    expect(system.output()).toMatch(/^ {2}Limits +none \(--no-rate-limits\)$/m);
  });

  it('is the only one in its folder', async () => {
    const second = startSystem({ args: ['--fresh'] });
    expect(await second.waitForExit()).toBe(1);
    expect(second.output().trim()).toBe(
      `MedBook is already running in ${folder} as process ${system.pid}: use it, or stop it first.`,
    );
    const sent = { token: await createPatientToken(), body: { name: 'Paula Kept' } };
    expectSuccess(await callApi('PATCH /me', sent, state.apiUrl), 200, profile);
  });

  it('whose PostgreSQL is killed answers 503, and recovers by itself', async () => {
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

  it('that is killed itself takes all its parts along, and starts again with its data', async () => {
    // Else the check below would find nothing either when it could not see them.
    if (process.platform === 'linux') expect(await findLeftProcesses(folder, 0)).not.toEqual([]);
    await system.stop('SIGKILL');
    await expectNoProcesses();
    await start();
    expect(await readPatientName()).toBe('Paula Kept');
  });

  it('limits requests as when deployed, whatever address they name, until Redis is gone', async (test) => {
    if (state.redisUrl === null) test.skip('There is no Redis, so nobody is counted.');
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
    // What an instance asks before it is connected may be let pass uncounted.
    expect(passed).toBeGreaterThanOrEqual(100);
    expect(passed).toBeLessThanOrEqual(104);
    expect(await readPatientName()).toBe('Paula Kept');

    const [, server = ''] = (await readFile(join(folder, 'redis', 'server.lock'), 'utf8')).split('\n');
    process.kill(JSON.parse(server).pid, 'SIGKILL');
    await system.waitForOutput('Redis ended');
    await expect.poll(async () => (await requestAs(0)).status).toBe(200);
    for (let i = 0; i < 120; i++) expect((await requestAs(i)).status).toBe(200);
  });

  it('answers free times, and limits who books, without Redis too', async () => {
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
    const answers = [];
    for (const time of times.slice(0, 6)) answers.push(await book(time));
    expect(answers.map((response) => response.status)).toEqual([201, 201, 201, 409, 409, 429]);
    const last = answers.at(-1) ?? expect.fail('there was no answer');
    expectRefusal(last, 429, 'rate_limited');
    expect(last.headers).toMatchObject({
      'ratelimit-policy': '"bookings";q=5;w=60',
      ratelimit: expect.stringMatching(/^"bookings";r=0;t=\d+$/),
      'retry-after': expect.stringMatching(/^[1-9]\d?$/),
    });
  });

  it('stops on SIGTERM, and is described no longer', async () => {
    expect(await system.stop('SIGTERM')).toBe(0);
    await expectNoProcesses();
    expect(existsSync(join(folder, 'state.json'))).toBe(false);
    await expect(createPatientToken()).rejects.toMatchObject({
      stderr: expect.stringContaining('start one with npm start'),
    });
  });

  it('started with --fresh has the data of the demo', async () => {
    await start('--fresh');
    expect(await readPatientName()).toBe('Paula Silva');
    expect(await system.stop('SIGINT')).toBe(0);
    await expectNoProcesses();
  });
});
