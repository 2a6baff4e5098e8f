import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT, resources, STAGES, synthesized } from './synthesized.ts';

const contracts = readdirSync(join(PROJECT, 'lambdas/entry')).filter((file) => file.endsWith('.contract.ts'));
const migrations = readdirSync(join(PROJECT, 'migrations'))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => readFileSync(join(PROJECT, 'migrations', file), 'utf8'))
  .join('\n');

describe.each(STAGES)('the functions of stage %s', (stage) => {
  const { config, templates } = synthesized(stage);
  const all = Object.values(templates);
  const policies = resources('AWS::IAM::Policy', ...all);
  // The rest are CDK's own, which deploy what CloudFormation alone cannot.
  const functions = resources('AWS::Lambda::Function', ...all).filter(({ Handler }) => Handler === 'index.handler');
  const withDatabaseUser = functions.filter(({ Environment }) => 'DB_USER' in Environment.Variables);

  /** What a function's role may do. */
  function statementsOf(lambda: (typeof functions)[number]) {
    const role = JSON.stringify({ Ref: lambda.Role['Fn::GetAtt'][0] });
    return policies
      .filter(({ Roles }) => JSON.stringify(Roles).includes(role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map(({ Action, ...statement }) => ({ ...statement, actions: [Action].flat() }));
  }

  test('are one for each contract', () => {
    expect(functions).toHaveLength(contracts.length);
  });

  test('run on Node 24 on arm64, traced, with JSON logs that are kept for the stage’s time', () => {
    for (const { id, Runtime, Architectures, TracingConfig, LoggingConfig } of functions) {
      expect({ id, Runtime, Architectures, TracingConfig, LogFormat: LoggingConfig.LogFormat }).toEqual({
        id,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LogFormat: 'JSON',
      });
      const logs = resources('AWS::Logs::LogGroup', ...all).find((group) => group.id === LoggingConfig.LogGroup.Ref);
      expect(logs?.RetentionInDays, id).toBe(config.logRetention);
    }
  });

  test('lose none of their variables to those of the house', () => {
    for (const { id, Environment } of functions) {
      expect(Object.keys(Environment.Variables).length, id).toBeGreaterThan(1);
      expect(Environment.Variables.NODE_OPTIONS, id).toBe('--enable-source-maps');
    }
  });

  test('may do nothing by a wildcard', () => {
    const actions = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(Object).map(actionsOf));
    expect(actions.flat().length).toBeGreaterThan(0);
    expect(actions.flat().filter((action) => action.includes('*'))).toEqual([]);
  });

  test('sign in to the database as one role each, that of their environment, made by the migrations', () => {
    expect(withDatabaseUser).toHaveLength(6);
    expect(new Set(withDatabaseUser.map(({ Environment }) => Environment.Variables.DB_USER)).size).toBe(6);
    for (const lambda of withDatabaseUser) {
      const { DB_USER } = lambda.Environment.Variables;
      const connects = statementsOf(lambda).filter(({ actions }) => actions.includes('rds-db:connect'));
      expect(connects, lambda.id).toHaveLength(1);
      expect(connects[0]?.actions, lambda.id).toEqual(['rds-db:connect']);
      expect(connects[0]?.Resource['Fn::Join'][1].at(-1), lambda.id).toBe(`/${DB_USER}`);
      expect(migrations).toMatch(new RegExp(`grant rds_iam to [^;]*\\b${DB_USER}\\b`));
    }
  });

  test('that have no role in the database cannot sign in to it', () => {
    for (const lambda of functions.filter((candidate) => !withDatabaseUser.includes(candidate))) {
      expect(statementsOf(lambda).flatMap(({ actions }) => actions)).not.toContain('rds-db:connect');
    }
  });

  test('know no password, except the one that migrates', () => {
    const readers = functions.filter((lambda) =>
      statementsOf(lambda).some(({ actions }) => actions.includes('secretsmanager:GetSecretValue')),
    );
    expect(readers.map(({ id }) => id)).toEqual([expect.stringMatching(/^MigrationMigrate/)]);
  });

  test('reach nothing outside of the network, except the one without secrets', () => {
    const outside = functions.filter(({ VpcConfig }) => VpcConfig === undefined);
    expect(outside.map(({ id }) => id)).toEqual([expect.stringMatching(/^DocsFunction/)]);
    for (const type of ['NatGateway', 'InternetGateway', 'EgressOnlyInternetGateway']) {
      templates.data.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
  });

  test('make the slots of the coming days once a day', () => {
    const [schedule, ...others] = resources('AWS::Scheduler::Schedule', templates.service);
    expect(others).toEqual([]);
    expect(schedule).toMatchObject({ ScheduleExpression: 'rate(1 day)', State: 'ENABLED' });
    expect(schedule?.Target.Arn['Fn::GetAtt'][0]).toMatch(/^GenerateSlots/);
  });
});

function actionsOf({ Action }: { Action: string | string[] }): string[] {
  return [Action].flat();
}
