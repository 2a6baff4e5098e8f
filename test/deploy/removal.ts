import assert from 'node:assert/strict';
import { join } from 'node:path';
import { deployAll, destroyAll, refusedBy } from './cdk.ts';
import { inventory } from './inventory.ts';
import { asDeployedOwner } from './owner.ts';
import { lastStates, stacksOf } from './stack.ts';
import { PROD, type Trial } from './trial.ts';

/** Promise 4: prod is not destroyed by a slip, and dev is, without a trace. */
export async function checkRemoval({ aws, folder, step }: Trial): Promise<void> {
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;
  const dev = { stage: 'dev', output: join(folder, 'cdk.out-dev') } as const;

  await step('cdk destroy --all of prod is refused', async () => {
    assert.match(await refusedBy(destroyAll(prod)), /termination ?protection/i);
    const left = (await stacksOf(aws, 'MedBook-prod-')).map(({ name }) => name);
    assert.ok(left.includes(PROD.data) && left.includes(PROD.identity), `Only ${left} is left.`);
  });
  await step('… and its patients are all there', async () => {
    const { rows } = await asDeployedOwner(aws, (db) => db.query('select from patients'));
    assert.equal(rows.length, 2);
  });

  const before = await inventory(aws);
  await step('cdk deploy --all of dev', () => deployAll(dev));
  const stacks = await stacksOf(aws, 'MedBook-dev-');
  assert.equal(stacks.length, 3);
  await step('cdk destroy --all of dev leaves nothing behind', async () => {
    await destroyAll(dev);
    assert.deepEqual(await inventory(aws), before);
    for (const { name, arn } of stacks) {
      const states = await lastStates(aws, arn);
      assert.ok(states.size > 5, `${name} tells nothing of its deletion.`);
      const left = [...states].filter(([, state]) => state !== 'DELETE_COMPLETE');
      assert.deepEqual(left, []);
    }
  });
}
