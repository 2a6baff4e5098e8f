import assert from 'node:assert/strict';
import { join } from 'node:path';
import { destroyAll, refusedBy } from './cdk.ts';
import { asDeployedOwner } from './owner.ts';
import { stacksOf } from './stack.ts';
import { PROD, type Trial } from './trial.ts';

/** Promise 6: prod is not destroyed by a slip. */
export async function checkRemoval({ aws, folder, step }: Trial): Promise<void> {
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;

  await step('cdk destroy --all of prod is refused', async () => {
    assert.match(await refusedBy(destroyAll(prod)), /termination ?protection/i);
    const left = (await stacksOf(aws, 'MedBook-prod-')).map(({ name }) => name);
    assert.deepEqual(
      Object.values(PROD).filter((name) => !left.includes(name)),
      [],
      `Only ${left} is left.`,
    );
  });
  await step('… and its patients are all there', async () => {
    const { rows } = await asDeployedOwner(aws, (db) => db.query('select from patients'));
    assert.equal(rows.length, 2);
  });
}
