import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_FUNCTIONS } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { DATABASE_ROLES } from '../../lib/constructs/data/database.ts';
import { findResources, isJobSchedule, PROJECT, STAGES, synthesizeStage } from './synthesize-stage.ts';

const contracts = readdirSync(join(PROJECT, 'lambdas/entry')).filter((file) => file.endsWith('.contract.ts'));
const migrations = readdirSync(join(PROJECT, 'migrations'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql') && file !== 'schema.sql')
  .map((file) => readFileSync(join(PROJECT, 'migrations', file), 'utf8'))
  .join('\n');

describe.each(STAGES)('the functions of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const all = Object.values(templates);
  const policies = findResources('AWS::IAM::Policy', ...all);
  // The other functions belong to the CDK and deploy what CloudFormation cannot.
  const functions = findResources('AWS::Lambda::Function', ...all).filter(({ Handler }) => Handler === 'index.handler');
  const withDatabaseUser = functions.filter(({ Environment }) => 'DB_USER' in Environment.Variables);

  /** Returns the policy statements of a function's role. */
  function listStatements(lambda: (typeof functions)[number]) {
    const role = JSON.stringify({ Ref: lambda.Role['Fn::GetAtt'][0] });
    return policies
      .filter(({ Roles }) => JSON.stringify(Roles).includes(role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map(({ Action, ...statement }) => ({ ...statement, actions: [Action].flat() }));
  }

  test('exist once per contract', () => {
    // The job that checks the snapshots exists only where there are any.
    expect(functions).toHaveLength(contracts.length - (config.snapshots ? 0 : 1));
  });

  test('run on Node 24 on arm64, with JSON logs and the retention of the stage', () => {
    for (const { id, Runtime, Architectures, LoggingConfig } of functions) {
      expect({ id, Runtime, Architectures, LogFormat: LoggingConfig.LogFormat }).toEqual({
        id,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LogFormat: 'JSON',
      });
      const logs = findResources('AWS::Logs::LogGroup', ...all).find(
        (group) => group.id === LoggingConfig.LogGroup.Ref,
      );
      expect(logs?.RetentionInDays, id).toBe(config.logRetention);
    }
  });

  test('of the API follow the tracing decision of API Gateway, and the others are not traced', () => {
    const traced = functions.filter(({ TracingConfig }) => TracingConfig.Mode === 'Active').map(({ id }) => id);
    expect(traced.map((id) => id.replace(/Function[0-9A-F]{8}$/, '')).sort()).toEqual(
      Object.keys(API_FUNCTIONS).sort(),
    );
    const others = functions.filter(({ id }) => !traced.includes(id));
    expect(others.map(({ TracingConfig }) => TracingConfig.Mode)).toEqual(others.map(() => 'PassThrough'));
  });

  test('have exactly the variables of their contracts', async () => {
    const modules = await Promise.all(contracts.map((file) => import(join(PROJECT, 'lambdas/entry', file))));
    const expected = modules
      .flatMap((module) => Object.entries<{ shape?: object }>(module))
      .filter(([name]) => name.endsWith('Env'))
      .map(([, { shape = {} }]) => Object.keys(shape).sort().join());
    const commonVariables = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'AWS_USE_DUALSTACK_ENDPOINT'];
    const actual = functions.map(({ Environment }) =>
      Object.keys(Environment.Variables)
        .filter((name) => !commonVariables.includes(name) && !name.startsWith('POWERTOOLS_'))
        .sort()
        .join(),
    );
    expect([...actual, ...(config.snapshots ? [] : ['BACKUP_VAULTS'])].sort()).toEqual(expected.sort());
  });

  test('have their own variables in addition to the common ones', () => {
    for (const { id, Environment } of functions) {
      expect(Object.keys(Environment.Variables).length, id).toBeGreaterThan(1);
      expect(Environment.Variables.NODE_OPTIONS, id).toBe('--enable-source-maps');
    }
  });

  test('connect to the database as one role each, set in their environment and created by the migrations', () => {
    const roles = withDatabaseUser.map(({ Environment }) => Environment.Variables.DB_USER);
    expect(roles.sort()).toEqual([...DATABASE_ROLES].sort());
    for (const lambda of withDatabaseUser) {
      const { DB_USER } = lambda.Environment.Variables;
      const connectStatements = listStatements(lambda).filter(({ actions }) => actions.includes('rds-db:connect'));
      expect(connectStatements, lambda.id).toHaveLength(1);
      expect(connectStatements[0]?.actions, lambda.id).toEqual(['rds-db:connect']);
      expect(connectStatements[0]?.Resource['Fn::Join'][1].at(-1), lambda.id).toBe(`/${DB_USER}`);
      expect(migrations).toMatch(new RegExp(`grant rds_iam to [^;]*\\b${DB_USER}\\b`));
    }
  });

  test('without a database role cannot connect to the database', () => {
    for (const lambda of functions.filter((candidate) => !withDatabaseUser.includes(candidate))) {
      expect(listStatements(lambda).flatMap(({ actions }) => actions)).not.toContain('rds-db:connect');
    }
  });

  test('cannot read a password, except the migration function', () => {
    const readers = functions.filter((lambda) =>
      listStatements(lambda).some(({ actions }) => actions.includes('secretsmanager:GetSecretValue')),
    );
    expect(readers.map(({ id }) => id)).toEqual([expect.stringMatching(/^MigrationMigrate/)]);
  });

  test('run inside the network, except the documentation and the check of the snapshots', () => {
    const outside = functions.filter(({ VpcConfig }) => VpcConfig === undefined);
    const expected = [/^DocsFunction/, ...(config.snapshots ? [/^BackupCheckJobFunction/] : [])];
    expect(outside).toHaveLength(expected.length);
    for (const pattern of expected)
      expect(
        outside.some(({ id }) => pattern.test(id)),
        String(pattern),
      ).toBe(true);
  });

  test('run on their schedules', () => {
    const schedules = findResources('AWS::Scheduler::Schedule', templates.service).filter(isJobSchedule);
    expect(schedules.every(({ State }) => State === 'ENABLED')).toBe(true);
    const rates = schedules.map(({ ScheduleExpression, Target }) => [
      Target.Arn.Ref.split('Job')[0],
      ScheduleExpression,
    ]);
    const hourly = 'cron(0 * * * ? *)';
    const nightly = 'cron(0 7 * * ? *)';
    if (config.hourlyJobs) {
      // All at the same time, so that the database is awake only once an hour.
      expect(Object.fromEntries(rates)).toEqual({
        ExpireHolds: hourly,
        GenerateSlots: nightly,
        Housekeeping: nightly,
        OutboxRelay: hourly,
        Reminders: hourly,
        ResyncIndex: hourly,
      });
      return;
    }
    expect(Object.fromEntries(rates)).toEqual({
      ExpireHolds: 'rate(1 minute)',
      GenerateSlots: 'rate(1 day)',
      Housekeeping: 'rate(1 day)',
      OutboxRelay: 'rate(1 minute)',
      Reminders: 'rate(5 minutes)',
      ResyncIndex: stage === 'prod' ? 'rate(5 minutes)' : 'rate(15 minutes)',
    });
  });

  test('have one live alias and one role each, without managed policies', () => {
    const aliases = findResources('AWS::Lambda::Alias', ...all);
    expect(aliases.map(({ FunctionName }) => FunctionName.Ref).sort()).toEqual(functions.map(({ id }) => id).sort());
    expect(new Set(aliases.map(({ Name }) => Name))).toEqual(new Set(['live']));
    const roles = functions.map(({ Role }) => Role['Fn::GetAtt'][0]);
    expect(new Set(roles).size).toBe(roles.length);
    for (const role of findResources('AWS::IAM::Role', ...all).filter(({ id }) => roles.includes(id))) {
      expect(role.ManagedPolicyArns, role.id).toBeUndefined();
    }
  });

  test('retain previous versions for a rollback if the stage keeps data, except versions whose deployment failed', () => {
    for (const { id, resource } of findResources('AWS::Lambda::Version', ...all)) {
      expect(resource.DeletionPolicy, id).toBe(config.keepData ? 'RetainExceptOnCreate' : 'Delete');
    }
  });

  test('write only to their own log', () => {
    for (const lambda of functions) {
      const writeStatements = listStatements(lambda).filter(({ actions }) => actions.includes('logs:PutLogEvents'));
      expect(
        writeStatements.map(({ Resource }) => Resource),
        lambda.id,
      ).toEqual([{ 'Fn::GetAtt': [lambda.LoggingConfig.LogGroup.Ref, 'Arn'] }]);
    }
  });

  test('that run on a schedule have a dead-letter queue for failed runs and failed starts', () => {
    const schedules = findResources('AWS::Scheduler::Schedule', templates.service).filter(isJobSchedule);
    const invokeConfigs = findResources('AWS::Lambda::EventInvokeConfig', templates.service);
    for (const { id, Target } of schedules) {
      const queue = Target.DeadLetterConfig.Arn;
      const alias = findResources('AWS::Lambda::Alias', ...all).find((candidate) => candidate.id === Target.Arn.Ref);
      const failure = invokeConfigs.find(({ FunctionName }) => FunctionName.Ref === alias?.FunctionName.Ref);
      expect(failure?.DestinationConfig, id).toEqual({ OnFailure: { Destination: queue } });
      expect(JSON.stringify(failure?.Qualifier), id).toContain(alias?.id);
      const senders = policies.filter(({ PolicyDocument }) =>
        PolicyDocument.Statement.some(
          (statement: { Action: string; Resource: unknown }) =>
            statement.Action === 'sqs:SendMessage' &&
            [statement.Resource].flat().some((target) => JSON.stringify(target) === JSON.stringify(queue)),
        ),
      );
      expect(senders, id).toHaveLength(2);
      // Without a permission for the key of the queue, the message would be lost.
      for (const { PolicyDocument } of senders) expect(JSON.stringify(PolicyDocument)).toContain('kms:GenerateDataKey');
    }
  });

  test('that connect to the database have reserved concurrency if the stage enables it, jobs of 1', () => {
    const schedules = findResources('AWS::Scheduler::Schedule', templates.service).filter(isJobSchedule);
    const jobs = schedules.map(({ Target }) => Target.Arn.Ref.split('Job')[0]);
    for (const { id, ReservedConcurrentExecutions: limit } of withDatabaseUser) {
      expect(limit !== undefined, id).toBe(config.reserveConcurrency);
      if (limit !== undefined) expect(limit === 1, id).toBe(jobs.includes(id.split('Job')[0]));
    }
  });

  test('of the API are deployed gradually if the stage enables it', () => {
    const rollouts = findResources('AWS::CodeDeploy::DeploymentGroup', templates.service);
    expect(rollouts).toHaveLength(config.gradualDeployments ? Object.keys(API_FUNCTIONS).length : 0);
  });

  test('have a timeout longer than the wait for the database proxy and shorter than the timeout of their callers', () => {
    const getTimeout = (name: string) => functions.find(({ id }) => id.startsWith(name))?.Timeout ?? expect.fail(name);
    for (const api of ['Docs', 'AvailabilityApi', 'PatientApi', 'StaffApi']) {
      expect(getTimeout(api), api).toBeGreaterThan(5);
      expect(getTimeout(api), api).toBeLessThan(29);
    }
    expect(getTimeout('PostConfirmation')).toBeLessThanOrEqual(5);
  });
});
