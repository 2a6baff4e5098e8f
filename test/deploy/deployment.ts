import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listHistory } from '../../lambdas/migrations/history.sql.ts';
import { expectAnswer, openApi } from './api.ts';
import { cdk, deployAll, PROJECT, refusedBy } from './cdk.ts';
import { asDeployedOwner } from './owner.ts';
import type { Trial } from './trial.ts';

/**
 * Promise 1: prod deploys into an empty account with the plain `cdk` command, again without a change, and never half
 * way.
 */
export async function checkDeployment(trial: Trial): Promise<void> {
  const { aws, folder, step } = trial;
  const prod = { stage: 'prod', output: join(folder, 'cdk.out') } as const;
  await step('cdk bootstrap', () => cdk(['bootstrap'], prod));
  await step('cdk deploy --all of prod', () => deployAll(prod));
  const applied = await step('The migrations ran', () => readHistory(aws));
  assert.deepEqual(applied, (await readdir(join(PROJECT, 'migrations'))).sort());
  await step('A second deployment changes nothing', async () => {
    const said = await deployAll(prod);
    assert.equal(said.match(/\(no changes\)/g)?.length, said.match(/✅/g)?.length, said);
  });
  await step('A broken migration fails the deployment', async () => {
    const project = await projectWith(join(folder, 'broken'), BROKEN);
    const said = await refusedBy(deployAll({ ...prod, project, output: join(folder, 'cdk.out-broken') }));
    assert.match(said, new RegExp(BROKEN.name), said);
    assert.deepEqual(await readHistory(aws), applied);
  });
  await step('… and the API still answers', async () => {
    const api = await openApi(aws);
    await expectAnswer(api, 'GET /clinics', 200);
  });
}

const BROKEN = { name: 'V9999__broken.sql', text: 'create table half_way (id int);\nselect nothing from nowhere;\n' };

/** The scripts that have run, by name. */
async function readHistory(aws: Trial['aws']): Promise<string[]> {
  const rows = await asDeployedOwner(aws, listHistory);
  assert.ok(rows.every(({ success }) => success));
  return rows.map(({ script }) => script).sort();
}

/** A copy of what is deployed, with one more migration. Answers its folder. */
async function projectWith(copy: string, migration: typeof BROKEN): Promise<string> {
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const part of ['bin', 'lib', 'lambdas', 'migrations', 'cdk.json', 'package.json', 'package-lock.json']) {
    await cp(join(PROJECT, part), join(copy, part), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'migrations', migration.name), migration.text);
  return copy;
}
