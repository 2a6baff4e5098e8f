import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listHistory } from '../../lambdas/migrations/history.sql.ts';
import { expectStatus, findApiUrl } from './call-api.ts';
import { deployAll, expectCdkError, PROJECT, runCdk } from './cdk.ts';
import { type CheckContext, PROD } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';
import { listStacks, readLastStates } from './stack.ts';

/**
 * Guarantee 1: the plain `cdk` command deploys prod into an empty account, also after a first attempt that failed, and
 * moves it up to the next size. A deployment without changes changes nothing, and a broken migration fails the
 * deployment, which is rolled back.
 */
export async function checkDeployment(context: CheckContext): Promise<void> {
  const { aws, folder, step } = context;
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;
  await step('cdk bootstrap', () => runCdk(['bootstrap'], prod));
  await step('A failed first deployment leaves nothing', () => expectFirstDeploymentToFail(context));
  await step('cdk deploy --all for prod, as a clinic', () => deployAll({ ...prod, context: ['size=clinic'] }));
  await step('A clinic becomes a network', async () => {
    await deployAll({ ...prod, context: ['keepIpv6Egress=true'] });
    await deployAll(prod);
  });
  const applied = await step('All migrations have run', () => readHistory(aws));
  assert.deepEqual(applied, await listScripts(join(PROJECT, 'migrations')));
  await step('Another deployment changes nothing', async () => {
    const output = await deployAll(prod);
    assert.equal(output.match(/\(no changes\)/g)?.length, output.match(/✅/g)?.length, output);
  });
  await step('A broken migration fails the deployment', async () => {
    await expectMigrationToFail(context, BROKEN_MIGRATION);
    assert.deepEqual(await readHistory(aws), applied);
  });
  await step('A migration that fails outside a transaction is rolled back too', async () => {
    await expectMigrationToFail(context, BROKEN_INDEX);
    const rows = await withDatabaseOwner(aws, listHistory);
    assert.deepEqual(
      rows.filter(({ success }) => !success).map(({ script }) => script),
      [`versioned/${BROKEN_INDEX.name}`],
    );
    assert.equal((await findStack(aws, PROD.data)).status, 'UPDATE_ROLLBACK_COMPLETE');
    await withDatabaseOwner(aws, (db) => db.query('delete from flyway_schema_history where not success'));
    assert.deepEqual(await readHistory(aws), applied);
  });
  await step('The API still responds after the failure', async () => {
    const api = await findApiUrl(aws);
    await expectStatus(api, 'GET /clinics', 200);
  });
}

const BROKEN_MIGRATION = {
  name: 'V9999__broken.sql',
  text: 'create table half_way (id int);\nselect nothing from nowhere;\n',
};

const BROKEN_INDEX = {
  name: 'V9999__broken_index.sql',
  text: 'create index concurrently nowhere_nothing on nowhere (nothing);\n',
};

/** Deploys prod with an additional migration, which must fail. Returns the output of `cdk`. */
async function expectMigrationToFail(
  { folder }: CheckContext,
  migration: typeof BROKEN_MIGRATION,
  context: readonly string[] = [],
): Promise<string> {
  const project = await copyProjectWithMigration(join(folder, 'broken'), migration);
  const options = { stage: 'prod', project, context, output: join(folder, 'cdk.out-broken') } as const;
  const output = await expectCdkError(deployAll(options));
  assert.match(output, new RegExp(migration.name), output);
  return output;
}

async function expectFirstDeploymentToFail(context: CheckContext): Promise<void> {
  await expectMigrationToFail(context, BROKEN_MIGRATION, ['firstDeployment=true']);
  const { arn, status } = await findStack(context.aws, PROD.data);
  assert.equal(status, 'ROLLBACK_COMPLETE');
  const states = await readLastStates(context.aws, arn);
  // The trigger of the migration was never created.
  const gone = ['DELETE_COMPLETE', 'CREATE_FAILED'];
  const remaining = [...states].filter(([id, state]) => id !== PROD.data && !gone.includes(state));
  assert.deepEqual(remaining, []);
}

async function findStack(aws: CheckContext['aws'], name: string) {
  const [stack] = await listStacks(aws, name);
  if (!stack) throw new Error(`There is no stack ${name}.`);
  return stack;
}

/** Returns the paths of the migration scripts, relative to their folder, sorted. */
async function listScripts(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => /\/[VR].*\.sql$/.test(file)).sort();
}

/** Returns the names of the scripts that have run, sorted. */
async function readHistory(aws: CheckContext['aws']): Promise<string[]> {
  const rows = await withDatabaseOwner(aws, listHistory);
  assert.ok(rows.every(({ success }) => success));
  return rows.map(({ script }) => script).sort();
}

/** Copies the files that a deployment needs, adds a migration, and returns the folder of the copy. */
async function copyProjectWithMigration(copy: string, migration: typeof BROKEN_MIGRATION): Promise<string> {
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const part of [
    'bin',
    'lib',
    'lambdas',
    'migrations',
    'packages',
    'cdk.json',
    'package.json',
    'package-lock.json',
  ]) {
    await cp(join(PROJECT, part), join(copy, part), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'migrations/versioned', migration.name), migration.text);
  return copy;
}
