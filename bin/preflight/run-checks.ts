import { ZONE_COUNT } from '../../lib/config/stages.ts';
import type { Account } from './account.ts';
import type { Check } from './check.ts';
import { DATABASE_CHECKS } from './database-checks.ts';
import { type Finding, problem, warning } from './finding.ts';
import { MESSAGE_CHECKS } from './message-checks.ts';
import { describeError, MissingPermissionError } from './permission.ts';
import { QUOTA_CHECKS } from './quota-checks.ts';
import { REGION_CHECKS } from './region-checks.ts';
import type { StageNeeds } from './stage-needs.ts';
import { ZONE_CHECKS } from './zone-checks.ts';

const CHECKS: readonly Check[] = [
  ...ZONE_CHECKS,
  ...DATABASE_CHECKS,
  ...QUOTA_CHECKS,
  ...MESSAGE_CHECKS,
  ...REGION_CHECKS,
];

/** Runs all checks at once and writes their findings in order, each as soon as it is known. Returns all findings. */
export async function runChecks(
  account: Account,
  needs: StageNeeds,
  write: (line: string) => void,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const report = (subject: string, findings: readonly Finding[]) => {
    for (const finding of findings) write(formatFinding(subject, finding));
    found.push(...findings);
  };
  report('Account', judgeAccount(account, needs));
  const runs = CHECKS.map(({ subject, run }) => ({ subject, findings: run(account, needs).catch(explainFailure) }));
  for (const { subject, findings } of runs) report(subject, await findings);
  report('Zones', suggestZones(account.region, found));
  return found;
}

function judgeAccount({ id, region }: Account, { config }: StageNeeds): Finding[] {
  if (config.account === undefined || config.account === id) return [{ level: 'ok', message: `${id} in ${region}` }];
  return [
    problem(
      `your credentials are of ${id}, but stage ${config.stage} is in ${config.account}`,
      'Sign in to the other account, or set AWS_PROFILE.',
    ),
  ];
}

function explainFailure(error: unknown): Finding[] {
  if (error instanceof MissingPermissionError)
    return [warning(`not checked: ${error.message}`, `Allow ${error.action}, or check this by hand.`)];
  return [warning(`not checked: ${describeError(error)}`, 'Run the command again, or check this by hand.')];
}

/** Returns a problem that names the zones in which everything is offered, if a zone of the stage lacks something. */
function suggestZones(region: string, findings: readonly Finding[]): Finding[] {
  const offers = findings.flatMap(({ offeredIn }) => (offeredIn ? [offeredIn] : []));
  if (!findings.some(({ level, offeredIn }) => level === 'problem' && offeredIn)) return [];
  const usable = offers.reduce((common, offered) => common.filter((zone) => offered.includes(zone)));
  if (usable.length < ZONE_COUNT)
    return [problem(`only ${usable.length} zones of ${region} have all that was checked`, 'Choose another region.')];
  const names = usable.slice(0, ZONE_COUNT).map((zone) => `'${zone}'`);
  return [
    problem(
      `these have all that was checked: ${usable.join(', ')}`,
      `In lib/config/stages.ts: region: '${region}', availabilityZones: [${names.join(', ')}]`,
    ),
  ];
}

/** Returns the lines of a finding: its level, its subject and what to do, below each other. */
function formatFinding(subject: string, { level, message, remedy }: Finding): string {
  const indentation = ' '.repeat(COLUMNS.level + COLUMNS.subject);
  const lines = remedy?.split('\n').map((line) => `${indentation}→ ${line}`) ?? [];
  return [`${level.padEnd(COLUMNS.level)}${subject.padEnd(COLUMNS.subject)}${message}`, ...lines].join('\n');
}

/** Widths in characters. */
const COLUMNS = { level: 9, subject: 16 };
