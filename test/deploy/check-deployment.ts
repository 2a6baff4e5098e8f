import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listHistory } from '../../lambdas/migrations/history.sql.ts';
import { expectStatus, findApiUrl } from './call-api.ts';
import { deployAll, expectCdkError, PROJECT, runCdk } from './cdk.ts';
import type { CheckContext } from './check-context.ts';
import { withDatabaseOwner } from './database-owner.ts';

/**
 * Guarantee 1: the plain `cdk` command deploys prod into an empty account. A second deployment changes nothing, and a
 * broken migration fails the deployment without a change.
 */
export async function checkDeployment(context: CheckContext): Promise<void> {
  const { aws, folder, step } = context;
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;
  await step('cdk bootstrap', () => runCdk(['bootstrap'], prod));
  await step('cdk deploy --all for prod', () => deployAll(prod));
  const applied = await step('All migrations have run', () => readHistory(aws));
  assert.deepEqual(applied, await listScripts(join(PROJECT, 'migrations')));
  await step('A second deployment changes nothing', async () => {
    const output = await deployAll(prod);
    assert.equal(output.match(/\(no changes\)/g)?.length, output.match(/✅/g)?.length, output);
  });
  await step('A broken migration fails the deployment', async () => {
    const project = await copyProjectWithMigration(join(folder, 'broken'), BROKEN_MIGRATION);
    const output = await expectCdkError(deployAll({ ...prod, project, output: join(folder, 'cdk.out-broken') }));
    assert.match(output, new RegExp(BROKEN_MIGRATION.name), output);
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
