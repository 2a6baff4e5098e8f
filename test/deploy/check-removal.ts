import assert from 'node:assert/strict';
import { join } from 'node:path';
import { destroyAll, expectCdkError } from './cdk.ts';
import { type CheckContext, PROD } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';
import { listStacks } from './stack.ts';

/** Promise 6: prod is not destroyed by a slip. */
export async function checkRemoval({ aws, folder, step }: CheckContext): Promise<void> {
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;

  await step('cdk destroy --all of prod is refused', async () => {
    assert.match(await expectCdkError(destroyAll(prod)), /termination ?protection/i);
    const left = (await listStacks(aws, 'MedBook-prod-')).map(({ name }) => name);
    assert.deepEqual(
      Object.values(PROD).filter((name) => !left.includes(name)),
      [],
      `Only ${left} is left.`,
    );
  });
  await step('… and its patients are all there', async () => {
    const { rows } = await withDatabaseOwner(aws, (db) => db.query('select from patients'));
    assert.equal(rows.length, 2);
  });
}
