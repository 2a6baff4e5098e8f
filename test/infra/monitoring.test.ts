import { describe, expect, test } from 'vitest';
import { METRIC_NAMESPACE, METRICS } from '../../lambdas/shared/metrics.contract.ts';
import { getStageConfig } from '../../lib/config/stages.ts';
import { ALARM_GROUPS } from '../../lib/constructs/monitoring/alarm-groups.ts';
import { ALARM_RULES } from '../../lib/constructs/monitoring/alarm-rules.ts';
import { findResources, isJobSchedule, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

/** The rules whose alarms exist in every size. */
const PAGES: ReadonlySet<string> = new Set(
  Object.entries(ALARM_RULES).flatMap(([rule, { ...options }]) => ('pages' in options ? [rule] : [])),
);

type Synthesized = ReturnType<typeof synthesizeStage>;

/** Returns the alarms of a stage, each with the rule at the end of its name. */
function listAlarms({ templates }: Synthesized) {
  return Object.values(templates).flatMap((template) =>
    // Those without a name are about one version of a function: see gradual-deployments.test.ts.
    findResources('AWS::CloudWatch::Alarm', template)
      .filter(({ AlarmName }) => AlarmName !== undefined)
      .map((alarm) => {
        const rule: string = alarm.AlarmName.split(': ')[1];
        return { ...alarm, rule, source: JSON.stringify([alarm.Metrics, alarm.Dimensions, alarm.MetricName]) };
      }),
  );
}

/** Returns the seconds between two runs of a schedule, but at least 300, because metrics can be late. */
function toPeriodSeconds(expression: string): number {
  if (expression === 'cron(0 * * * ? *)') return 3_600;
  if (expression === 'cron(0 7 * * ? *)') return 86_400;
  const [, amount, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? expect.fail(expression);
  return Math.max(300, Number(amount) * ({ minute: 60, hour: 3_600, day: 86_400 }[unit] ?? expect.fail(unit)));
}

describe.each(STAGES)('the monitoring of stage %s', (stage) => {
  const synthesized = synthesizeStage(stage);
  const { config, templates } = synthesized;
  const all = Object.values(templates);
  const alarms = listAlarms(synthesized);

  /** Returns the rules of the alarms that have a dimension for a resource. */
  const listRules = (id: string) =>
    alarms.filter(({ source }) => source.includes(`{"Ref":"${id}"}`)).map(({ rule }) => rule);

  test.each([
    ['AWS::Lambda::Function', ['Function errors', 'Function throttles', 'Function near timeout']],
    ['AWS::RDS::DBCluster', ['Database CPU', 'Database capacity', 'Database connections', 'Storage growth']],
    ['AWS::RDS::DBProxy', ['Pinned sessions']],
    ['AWS::ElastiCache::ReplicationGroup', ['Cache evictions', 'Cache memory', 'Cache CPU']],
    ['AWS::Cognito::UserPoolClient', ['Sign-in throttles']],
  ])('watches every %s with %j', (type, rules) => {
    const resources = findResources(type, ...all).filter(
      ({ Handler = 'index.handler' }) => Handler === 'index.handler',
    );
    expect(resources.length > 0).toBe(type !== 'AWS::RDS::DBProxy' || config.databaseProxy);
    const wanted = rules.filter((rule) => config.alarms === 'all' || PAGES.has(rule));
    for (const { id } of resources) expect(listRules(id), id).toEqual(expect.arrayContaining(wanted));
  });

  test('watches every dead-letter queue', () => {
    const queues = findResources('AWS::SQS::Queue', ...all).filter(({ RedrivePolicy }) => RedrivePolicy === undefined);
    expect(queues.length).toBeGreaterThan(0);
    for (const { id } of queues) {
      expect(
        alarms.filter(({ rule, source }) => rule === 'Dead letters' && source.includes(id)),
        id,
      ).toHaveLength(1);
    }
  });

  test('counts the blocked requests of every web ACL', () => {
    const webAcls = findResources('AWS::WAFv2::WebACL', ...all);
    expect(alarms.filter(({ rule }) => rule === 'WAF blocks')).toHaveLength(
      config.alarms === 'all' ? webAcls.length : 0,
    );
    if (config.alarms === 'page') return;
    for (const { VisibilityConfig } of webAcls) {
      expect(alarms.map(({ source }) => source).join()).toContain(
        `{"Name":"WebACL","Value":"${VisibilityConfig.MetricName}"}`,
      );
    }
  });

  test('has an alarm for every job that has not run for two periods', () => {
    const schedules = findResources('AWS::Scheduler::Schedule', ...all).filter(isJobSchedule);
    const missedRunAlarms = alarms.filter(({ rule }) => rule === 'Missed job runs');
    const periods = missedRunAlarms.map(({ Metrics }) => Metrics[1].MetricStat.Period);
    expect(periods.sort()).toEqual(
      schedules.map(({ ScheduleExpression }) => toPeriodSeconds(ScheduleExpression)).sort(),
    );
    for (const alarm of missedRunAlarms) {
      expect(alarm).toMatchObject({
        TreatMissingData: 'breaching',
        Threshold: 1,
        EvaluationPeriods: 2,
        DatapointsToAlarm: 2,
        Metrics: [
          // A period without a run counts as 0. Without FILL the alarm would evaluate earlier periods instead.
          { Expression: 'FILL(invocations, 0)', ReturnData: true },
          { MetricStat: { Metric: { MetricName: 'Invocations' }, Stat: 'Sum' }, ReturnData: false },
        ],
      });
    }
  });

  test('watches the replica lag if there are readers', () => {
    expect(alarms.filter(({ rule }) => rule === 'Replica lag')).toHaveLength(
      config.readers > 0 && config.alarms === 'all' ? 1 : 0,
    );
  });

  test('has only the alarms that need action at once, if the size has no others', () => {
    const others = new Set(alarms.map(({ rule }) => rule).filter((rule) => !PAGES.has(rule)));
    expect(others.size > 0).toBe(config.alarms === 'all');
  });

  test('publishes every alarm to the topic of the stage once, when it starts and when it ends', () => {
    const [topic, ...others] = findResources('AWS::SNS::Topic', templates.data);
    expect(others).toEqual([]);
    expect(topic?.KmsMasterKeyId).toBeDefined();
    const composites = findResources('AWS::CloudWatch::CompositeAlarm', ...all);
    const publishing = [...alarms, ...composites].filter(({ AlarmActions }) => AlarmActions !== undefined);
    for (const { AlarmName, AlarmActions, OKActions } of publishing) {
      expect(JSON.stringify(AlarmActions), AlarmName).toContain(topic?.id);
      expect(OKActions, AlarmName).toEqual(AlarmActions);
    }
    for (const { id, AlarmActions, OKActions } of alarms) {
      const containing = composites.filter(({ AlarmRule }) => JSON.stringify(AlarmRule).includes(`"${id}"`));
      expect(containing.length + (AlarmActions ? 1 : 0), id).toBe(1);
      expect(OKActions, id).toEqual(AlarmActions);
    }
  });

  test('combines the alarms of a group in a stack, and none alone', () => {
    for (const [stack, template] of Object.entries(templates)) {
      const rules = findResources('AWS::CloudWatch::Alarm', template).flatMap(
        ({ AlarmName }) => AlarmName?.split(': ')[1] ?? [],
      );
      const expected = Object.entries(ALARM_GROUPS).flatMap(([group, members]) => {
        const count = rules.filter((rule) => (members as readonly string[]).includes(rule)).length;
        return count > 1 ? [[group, count]] : [];
      });
      const combined = findResources('AWS::CloudWatch::CompositeAlarm', template).map(({ AlarmName, AlarmRule }) => [
        AlarmName.split(': ')[1],
        JSON.stringify(AlarmRule).split('Fn::GetAtt').length - 1,
      ]);
      expect(combined.sort(), stack).toEqual(expected.sort());
      // CloudWatch accepts at most 100 alarms in a composite alarm.
      for (const [group, count] of combined) expect(count, `${stack} ${group}`).toBeLessThanOrEqual(100);
    }
  });

  test('allows CloudWatch and the budget to publish to the topic and to use its key', () => {
    const allowStatement = expect.objectContaining({
      Effect: 'Allow',
      Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    const [policy] = findResources('AWS::SNS::TopicPolicy', templates.data);
    const key = findResources('AWS::KMS::Key', templates.data).find(({ id }) => id.startsWith('MonitoringTopicKey'));
    expect(policy?.PolicyDocument.Statement).toContainEqual(allowStatement);
    expect(key?.KeyPolicy.Statement).toContainEqual(allowStatement);
  });

  test('subscribes the configured addresses', () => {
    const endpoints = findResources('AWS::SNS::Subscription', templates.data).map(({ Endpoint }) => Endpoint);
    expect(endpoints).toEqual([config.alarmEmail, config.alarmUrl].filter((endpoint) => endpoint !== undefined));
  });

  test('has a unique name for every alarm', () => {
    const names = alarms.map(({ AlarmName }) => AlarmName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(new RegExp(`^MedBook-${stage}-`));
  });

  test('shows business metrics above technical metrics', () => {
    const [dashboard] = findResources('AWS::CloudWatch::Dashboard', templates.service);
    const body = JSON.stringify(dashboard?.DashboardBody);
    const positions = ['BookingsMade', '5XXError', 'Invocations', 'CPUUtilization'].map((metric) =>
      body.indexOf(metric),
    );
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions[0]).toBeGreaterThan(0);
  });

  test('reads metrics under the service name of the functions', () => {
    const functions = findResources('AWS::Lambda::Function', ...all).filter(
      ({ Handler }) => Handler === 'index.handler',
    );
    for (const { id, Environment } of functions) {
      expect(Environment.Variables.POWERTOOLS_SERVICE_NAME, id).toBe(`MedBook-${stage}`);
    }
    const businessAlarms = alarms.filter(({ source }) => source.includes('"MedBook"'));
    expect(businessAlarms.map(({ rule }) => rule)).toContain('Booking failures');
    for (const { source } of businessAlarms) expect(source).toContain(`{"Name":"service","Value":"MedBook-${stage}"}`);
  });

  test('reads metrics in the unit that the functions publish', () => {
    const reads = alarms.flatMap(({ Namespace, MetricName, Unit, Metrics = [] }) => [
      { Namespace, MetricName, Unit },
      ...Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: object; Unit?: string } }) =>
        MetricStat ? [{ ...MetricStat.Metric, Unit: MetricStat.Unit }] : [],
      ),
    ]);
    const own = reads.filter(({ Namespace }) => Namespace === METRIC_NAMESPACE);
    if (!config.hourlyJobs) expect(new Set(own.map(({ Unit }) => Unit))).toEqual(new Set(Object.values(METRICS)));
    const units: Readonly<Record<string, string>> = METRICS;
    for (const { MetricName, Unit } of own) expect(Unit, MetricName).toBe(units[MetricName]);
  });

  test('has saved log queries for the runbook', () => {
    const queries = findResources('AWS::Logs::QueryDefinition', templates.service);
    expect(queries.length).toBeGreaterThan(3);
    for (const { Name, LogGroupNames } of queries) {
      expect(Name).toMatch(new RegExp(`^MedBook-${stage}/`));
      expect(LogGroupNames.length).toBeGreaterThan(3);
    }
  });

  test('has a monthly budget with two notifications', () => {
    const [budget] = findResources('AWS::Budgets::Budget', templates.service);
    expect(budget?.Budget).toMatchObject({
      BudgetName: `MedBook-${stage}`,
      BudgetLimit: { Amount: config.monthlyBudget, Unit: 'USD' },
      CostFilters: { TagKeyValue: [`user:Stage$${stage}`] },
    });
    expect(budget?.NotificationsWithSubscribers).toHaveLength(2);
  });

  test('has cost tags on every part', () => {
    for (const type of [
      'AWS::Lambda::Function',
      'AWS::RDS::DBCluster',
      'AWS::SNS::Topic',
      'AWS::ApiGateway::RestApi',
    ]) {
      const resources = findResources(type, ...all).filter(
        ({ Handler = 'index.handler' }) => Handler === 'index.handler',
      );
      for (const { id, Tags = [] } of resources) {
        const tags = Object.fromEntries(Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
        expect(tags, id).toMatchObject({ Project: 'MedBook', Stage: stage, Part: expect.any(String) });
      }
    }
  });
});

test('every rule has an alarm in prod', () => {
  const rules = new Set(listAlarms(synthesizeStage('prod')).map(({ rule }) => rule));
  expect([...rules].sort()).toEqual(Object.keys(ALARM_RULES).sort());
});

test('the rules of a group need action at once, or none of them does', () => {
  for (const [group, rules] of Object.entries(ALARM_GROUPS)) {
    expect(new Set(rules.map((rule) => PAGES.has(rule))).size, group).toBe(1);
  }
});

test('a configured pager URL is subscribed', () => {
  const { templates } = synthesizeConfig({ ...getStageConfig('dev'), alarmUrl: 'https://pager.example/medbook' });
  templates.data.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'https',
    Endpoint: 'https://pager.example/medbook',
  });
});

test.each([
  [{ alarmEmail: 'alarms' }, /alarmEmail/],
  [{ alarmEmail: 'alarms@clinic..example' }, /alarmEmail/],
  [{ alarmEmail: 'alarms@clinic.example, me@clinic.example' }, /alarmEmail/],
  [{ alarmUrl: 'http://pager.example' }, /alarmUrl/],
  [{ monthlyBudget: 0 }, /monthlyBudget/],
  [{ requestsPer15Minutes: 0 }, /requestsPer15Minutes/],
  [{ bookingsPerMinute: 0.5 }, /bookingsPerMinute/],
])('%j is refused before synthesis', (change, message) => {
  expect(() => synthesizeConfig({ ...getStageConfig('dev'), ...change })).toThrow(message);
});
