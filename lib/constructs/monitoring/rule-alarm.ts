import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { RULES, type Rule, type RuleName } from './rules.ts';
import type { Measure } from './watched.ts';

/** The alarm of one rule over one part, named after both. Its description leads to the rule's section in the runbook. */
export class RuleAlarm extends Alarm {
  readonly rule: RuleName;

  constructor(part: IConstruct, rule: RuleName, measure: Measure) {
    const { says, threshold, below, minutes, bad, periods, missing }: Rule = RULES[rule];
    super(part, `${rule} alarm`, {
      metric: minutes === undefined ? measure : measure.with({ period: Duration.minutes(minutes) }),
      alarmName: `${Stack.of(part).stackName} ${nameOf(part)}: ${rule}`,
      alarmDescription: `${says}. See "${rule}" in docs/runbook.md.`,
      threshold,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: bad,
      evaluationPeriods: periods,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    this.rule = rule;
  }
}

/** The part as the stack's own list has it: without the stack, and without the names that only CDK's layers gave. */
export function nameOf(part: IConstruct): string {
  const [, ...names] = part.node.path.slice(part.node.path.indexOf(Stack.of(part).node.id)).split('/');
  return names.filter((name) => name !== 'Resource' && name !== 'Function').join(' ');
}
