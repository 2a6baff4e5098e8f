import { describe, expect, test } from 'vitest';
import { KEEP_ALIVE_EVENT } from '../../lambdas/shared/keep-alive.contract.ts';
import { findResources, isJobSchedule, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the functions of stage %s', (stage) => {
  const all = Object.values(synthesizeStage(stage).templates);
  const schedules = findResources('AWS::Scheduler::Schedule', ...all);
  const keepAlive = schedules.filter((schedule) => !isJobSchedule(schedule));

  test('are all invoked at least once a day through the live alias, by one schedule each', () => {
    const aliases = findResources('AWS::Lambda::Alias', ...all);
    const targets = schedules.map(({ Target }) => Target.Arn.Ref);
    expect(targets.sort()).toEqual(aliases.map(({ id }) => id).sort());
    expect(aliases.every(({ Name }) => Name === 'live')).toBe(true);
  });

  test('receive an event that they return at once for, unless they are jobs', () => {
    expect(keepAlive.map(({ id }) => id)).toEqual(
      expect.arrayContaining(
        ['PostConfirmation', 'CreateAdmin', 'PatientApi', 'MigrationMigrate'].map((name) =>
          expect.stringMatching(`^KeepAlive${name}`),
        ),
      ),
    );
    for (const { id, State, ScheduleExpression, Target } of keepAlive) {
      expect({ id, State, ScheduleExpression }).toEqual({ id, State: 'ENABLED', ScheduleExpression: 'rate(1 day)' });
      expect(JSON.parse(Target.Input), id).toEqual(KEEP_ALIVE_EVENT);
    }
  });

  test('can be invoked by these schedules, by the alias only', () => {
    for (const { id, Target } of keepAlive) {
      const role = Target.RoleArn['Fn::GetAtt'][0];
      const statements = findResources('AWS::IAM::Policy', ...all)
        .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === role))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      expect(statements.every(({ Action }) => Action === 'lambda:InvokeFunction')).toBe(true);
      expect(statements.map(({ Resource }) => JSON.stringify(Resource)).join(), id).toContain(
        `{"Ref":"${Target.Arn.Ref}"}`,
      );
    }
  });
});
