import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

it('the commands under “Book something” in the README work, and so does the absence of the doctor', async () => {
  const { state, folder } = inject('system');
  const readme = readFileSync(`${PROJECT}/README.md`, 'utf8');
  const [, commands = '', absence = ''] =
    /## Book something\n[^#]*?```sh\n(.*?)```.*?falls ill.*?```sh\n(.*?)```/s.exec(readme) ?? [];
  expect(commands).toContain('API=http://127.0.0.1:3000\n');
  const script = `${commands}\necho\n${absence}`.replace('http://127.0.0.1:3000', state.apiUrl);

  const env = { ...process.env, MEDBOOK_FOLDER: folder };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: PROJECT, env });
  const [booked, refused, blocked, moved] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(booked).toMatchObject({ status: 'booked', slots: 1 });
  expect(refused).toMatchObject({ status: 409, code: 'slot_taken' });
  expect(blocked.conflicts).toContainEqual(expect.objectContaining({ id: booked.id }));
  expect(moved).toMatchObject({ id: booked.id, status: 'booked' });
  expect([moved.startTime, moved.doctor.id]).not.toEqual([booked.startTime, booked.doctor.id]);
});
