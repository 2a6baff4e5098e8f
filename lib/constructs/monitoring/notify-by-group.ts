import { type Stack, Validations } from 'aws-cdk-lib';
import { type AlarmBase, AlarmRule as AlarmExpression, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ALARM_GROUPS, type AlarmGroup } from './alarm-groups.ts';
import type { RunbookAlarm } from './runbook-alarm.ts';

/**
 * Publishes to the topic when an alarm of the stack starts and when it ends. Two or more alarms of one group publish through a
 * composite alarm: once when the first of them starts, and once when all have ended. The notification names the alarm that
 * started.
 */
export function notifyByGroup(stack: Stack, alarms: readonly RunbookAlarm[], topic: ITopic): void {
  const grouped = new Set<RunbookAlarm>();
  for (const [group, rules] of Object.entries(ALARM_GROUPS) as [AlarmGroup, readonly string[]][]) {
    const members = alarms.filter(({ rule }) => rules.includes(rule));
    if (members.length < 2) continue;
    for (const member of members) grouped.add(member);
    publish(createCompositeAlarm(stack, group, members), topic);
  }
  for (const alarm of alarms) if (!grouped.has(alarm)) publish(alarm, topic);
}

function createCompositeAlarm(stack: Stack, group: AlarmGroup, members: readonly RunbookAlarm[]): CompositeAlarm {
  for (const member of members) {
    Validations.of(member).acknowledge({
      id: 'HIPAA.Security-CloudWatchAlarmAction',
      reason: `The composite alarm "${group}" publishes its state.`,
    });
  }
  const rules = [...new Set(members.map(({ rule }) => `"${rule}"`))];
  return new CompositeAlarm(stack, `${group} alarm`, {
    compositeAlarmName: `${stack.stackName}: ${group}`,
    alarmDescription: `One of ${members.length} alarms has started. See ${rules.join(', ')} in docs/runbook.md.`,
    alarmRule: AlarmExpression.anyOf(...members.map((member) => AlarmExpression.fromAlarm(member, AlarmState.ALARM))),
  });
}

function publish(alarm: AlarmBase, topic: ITopic): void {
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
}
