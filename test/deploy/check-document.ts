import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as z from 'zod';
import type { CheckContext } from './check-context.ts';
import { extractParagraph, readCommands } from './document-commands.ts';
import { listResources } from './inventory.ts';
import { listStacks, readLastStates } from './stack.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { totp } from './totp.ts';
import { readGroups } from './users.ts';

const FIRST_BOOKING = 'From an empty account to the first booking';
const bookingSchema = z.object({
  id: z.string(),
  reference: z.string(),
  status: z.literal('booked'),
  slots: z.literal(1),
});

/** Promise 5: docs/deploy.md holds word by word. What it tells to type is typed, in a new clone of the repository. */
export async function checkDocument({ aws, folder, step }: CheckContext): Promise<void> {
  const before = await listResources(aws);
  const terminal = await openTerminal(join(folder, 'operator'));
  await step('dev, to the first booking', async () => {
    const printed = await terminal.run(await readCommands(FIRST_BOOKING));
    bookingSchema.parse(JSON.parse(printed.at(-1) ?? ''), { error: () => `It ended with ${printed.at(-1)}` });
  });
  await step('prod, to an admin with a second factor', () => addSecondFactor(terminal));
  await step('dev is taken down, and nothing is left', async () => {
    const stacks = await listStacks(aws, 'MedBook-dev-');
    assert.equal(stacks.length, 3);
    await terminal.run(await readCommands('Taking a stage down'));
    assert.deepEqual(await listResources(aws), before);
    for (const { name, arn } of stacks) {
      const states = await readLastStates(aws, arn);
      assert.ok(states.size > 5, `${name} tells nothing of its deletion.`);
      const left = [...states].filter(([, state]) => state !== 'DELETE_COMPLETE');
      assert.deepEqual(left, []);
    }
  });
}

/** Prod is deployed already: what is typed there goes on where that ends, and up to where its admin may begin. */
async function addSecondFactor(terminal: Terminal): Promise<void> {
  const block = await readCommands(FIRST_BOOKING);
  const [variables = ''] = block.split('\n\n');
  const commands = [
    variables.replace('STAGE=dev', 'STAGE=prod'),
    extractParagraph(block, 'What it printed'),
    extractParagraph(block, 'The first admin'),
    await readCommands('What staging and prod need besides'),
    'echo "$ADMIN"',
  ];
  const printed = await terminal.run(commands.join('\n'), enterTotpCodes());
  assert.ok([readGroups({ access: printed.at(-1) ?? '' })].flat().includes('admin'));
}

/** An authenticator app: takes the secret that is shown, and has a code for each question. */
function enterTotpCodes(): (line: string) => string | undefined {
  return (line) => {
    const [secret] = /\b[A-Z2-7]{32,}$/.exec(line) ?? [];
    // Both are asked for in the same half minute here, and the emulator takes a code twice.
    return secret && `${totp(secret)}\n${totp(secret)}`;
  };
}
