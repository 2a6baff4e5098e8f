import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as z from 'zod';
import type { CheckContext } from './check-context.ts';
import { extractParagraph, readCommands } from './document-commands.ts';
import { listResources } from './inventory.ts';
import { listStacks, readLastStates } from './stack.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { computeTotp } from './totp.ts';
import { readGroups } from './users.ts';

const FIRST_BOOKING = 'From an empty account to the first booking';
const bookingSchema = z.object({
  id: z.string(),
  reference: z.string(),
  status: z.literal('booked'),
  slots: z.literal(1),
});

/** Guarantee 5: the commands of docs/deploy.md work exactly as they are written, in a new clone of the repository. */
export async function checkDocument({ aws, folder, step }: CheckContext): Promise<void> {
  const resourcesBefore = await listResources(aws);
  const terminal = await openTerminal(join(folder, 'operator'));
  await step('dev: from an empty account to a booking', async () => {
    const printed = await terminal.run(await readCommands(FIRST_BOOKING));
    bookingSchema.parse(JSON.parse(printed.at(-1) ?? ''), {
      error: () => `The last line of the output is not a booking: ${printed.at(-1)}`,
    });
  });
  await step('prod: an admin with a second factor', () => createAdminWithSecondFactor(terminal));
  await step('dev: destroyed, without remaining resources', async () => {
    const stacks = await listStacks(aws, 'MedBook-dev-');
    assert.equal(stacks.length, 3);
    await terminal.run(await readCommands('Taking a stage down'));
    assert.deepEqual(await listResources(aws), resourcesBefore);
    for (const { name, arn } of stacks) {
      const states = await readLastStates(aws, arn);
      assert.ok(states.size > 5, `The events of ${name} name only ${states.size} resources.`);
      const notDeleted = [...states].filter(([, state]) => state !== 'DELETE_COMPLETE');
      assert.deepEqual(notDeleted, []);
    }
  });
}

/** Runs the commands after the deployment, because prod is already deployed, until an admin has a second factor. */
async function createAdminWithSecondFactor(terminal: Terminal): Promise<void> {
  const block = await readCommands(FIRST_BOOKING);
  const [variables = ''] = block.split('\n\n');
  const commands = [
    variables.replace('STAGE=dev', 'STAGE=prod'),
    extractParagraph(block, 'What it printed'),
    extractParagraph(block, 'The first admin'),
    await readCommands('Additional steps for staging and prod'),
    'echo "$ADMIN"',
  ];
  const printed = await terminal.run(commands.join('\n'), createTotpResponder());
  assert.ok([readGroups({ access: printed.at(-1) ?? '' })].flat().includes('admin'));
}

/** Returns a substitute for an authenticator app: it reads the printed secret and types the code. */
function createTotpResponder(): (line: string) => string | undefined {
  return (line) => {
    const [secret] = /\b[A-Z2-7]{32,}$/.exec(line) ?? [];
    return secret && computeTotp(secret);
  };
}
