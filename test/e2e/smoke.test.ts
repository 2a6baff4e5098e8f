import { expect, inject, it } from 'vitest';
import { listen } from '../../local/http/listen.ts';
import { runProgram } from '../support/system/run-program.ts';

const SMOKE_PROGRAM = 'bin/smoke.ts';

it('the smoke test reports that the API works, with and without a slash after its URL', async () => {
  const { apiUrl } = inject('system').state;
  for (const url of [apiUrl, `${apiUrl}/`]) {
    const printed = await runProgram(SMOKE_PROGRAM, [url]);
    expect(printed).toMatch(/^(ok {5}GET \/\S+ +.+ \(\d+ ms\)\n){4}/);
    expect(printed).toContain(`${url} works.`);
  }
});

it('the smoke test fails if the API returns a wrong response, and prints that response', async () => {
  const server = await listen((_, response) => response.end('<h1>Welcome</h1>'), 0);
  try {
    await expect(runProgram(SMOKE_PROGRAM, [server.url])).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAIL {3}GET \/me .*: expected 401, got 200 <h1>Welcome.*4 of 4 checks failed/s),
    });
  } finally {
    await server.stop();
  }
});

it('the smoke test fails if no server listens, and prints the reason', async () => {
  const server = await listen(() => undefined, 0);
  await server.stop();
  await expect(runProgram(SMOKE_PROGRAM, [server.url])).rejects.toMatchObject({
    stdout: expect.stringContaining('ECONNREFUSED'),
  });
});

it.each([[[]], [['somewhere']], [['http://127.0.0.1:1', 'more']]])(
  'the smoke test prints its usage for the arguments %j',
  async (args) => {
    await expect(runProgram(SMOKE_PROGRAM, args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('<apiUrl>'),
    });
  },
);
