import { parseArgs } from 'node:util';
import { getStageConfig } from '../lib/config/stages.ts';
import { connectToAccount } from './preflight/account.ts';
import { runChecks } from './preflight/run-checks.ts';
import { readStageNeeds } from './preflight/stage-needs.ts';

const USAGE = `npm run preflight -- --stage dev|staging|prod [--size trial|clinic|network]

Compares your AWS account and region with what a stage needs: zones, engine versions, quotas, sandboxes, opt-ins, bootstrap. It uses your
AWS credentials and only reads. Exits with 1 if the deployment would fail or the stage could not work; warnings do not count.`;

try {
  const { values } = parseArgs({ options: { stage: { type: 'string' }, size: { type: 'string' } } });
  if (values.stage === undefined) throw new Error(USAGE);
  const config = getStageConfig(values.stage, values.size);
  console.log(
    `Comparing your account with what stage ${config.stage} needs in size ${config.size}. This takes half a minute.`,
  );
  const account = await connectToAccount(config);
  const findings = await runChecks(account, readStageNeeds(config), console.log);
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  console.log(`Problems: ${count('problem')}. Warnings: ${count('warning')}.`);
  process.exitCode = count('problem') === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
