import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { ALARM_RULES, type AlarmRule, type AlarmRuleName } from './alarm-rules.ts';
import type { Measure } from './watcher.ts';

/**
 * The alarm of one rule for one part, named after both. Its description refers to the rule's section in the runbook.
 */
export class RunbookAlarm extends Alarm {
  readonly rule: AlarmRuleName;

  constructor(part: IConstruct, rule: AlarmRuleName, measure: Measure) {
    const {
      description,
      threshold,
      alarmsBelow,
      periodMinutes,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData,
    }: AlarmRule = ALARM_RULES[rule];
    super(part, `${rule} alarm`, {
      metric: periodMinutes === undefined ? measure : measure.with({ period: Duration.minutes(periodMinutes) }),
      alarmName: `${Stack.of(part).stackName} ${getPartName(part)}: ${rule}`,
      alarmDescription: `${description}. See "${rule}" in docs/runbook.md.`,
      threshold,
      comparisonOperator: alarmsBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData: treatMissingData ?? TreatMissingData.NOT_BREACHING,
    });
    this.rule = rule;
  }
}

/** Returns the part's construct path as words, without its stack and without `Resource` and `Function`. */
export function getPartName(part: IConstruct): string {
  const [, ...names] = part.node.path.slice(part.node.path.indexOf(Stack.of(part).node.id)).split('/');
  return names.filter((name) => name !== 'Resource' && name !== 'Function').join(' ');
}
