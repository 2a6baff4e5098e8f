import assert from 'node:assert/strict';
import { join } from 'node:path';
import { destroyAll, expectCdkError } from './cdk.ts';
import { type CheckContext, PROD } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';
import { listStacks } from './stack.ts';

/** Guarantee 6: prod cannot be destroyed by mistake. */
export async function checkRemoval({ aws, folder, step }: CheckContext): Promise<void> {
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;

  await step('cdk destroy --all of prod is refused', async () => {
    assert.match(await expectCdkError(destroyAll(prod)), /termination ?protection/i);
    const remainingStacks = (await listStacks(aws, 'MedBook-prod-')).map(({ name }) => name);
    assert.deepEqual(
      Object.values(PROD).filter((name) => !remainingStacks.includes(name)),
      [],
      `Only these stacks remain: ${remainingStacks}.`,
    );
  });
  await step('All patients are still in the database', async () => {
    const { rows } = await withDatabaseOwner(aws, (db) => db.query('select from patients'));
    assert.equal(rows.length, 2);
  });
}
