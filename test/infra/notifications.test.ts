import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the notifications of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { data, identity, service } = templates;
  const all = Object.values(templates);
  const queue = findResources('AWS::SQS::Queue', service).find(
    ({ QueueName }) => QueueName === `medbook-${stage}-notifications`,
  );

  /** Returns the policy statements of a function's role, found by the prefix of the function's id. */
  function listStatements(name: string) {
    const [lambda, ...others] = findResources('AWS::Lambda::Function', ...all).filter(({ id }) => id.startsWith(name));
    expect(others).toEqual([]);
    const role = lambda?.Role['Fn::GetAtt'][0];
    return findResources('AWS::IAM::Policy', ...all)
      .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map(({ Action, ...statement }) => ({ ...statement, actions: [Action].flat().sort() }));
  }
  const listActions = (name: string) => [...new Set(listStatements(name).flatMap(({ actions }) => actions))].sort();

  test('use a queue that is encrypted with our own key, accepts TLS only and allows five attempts', () => {
    expect(queue?.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^KeysQueues/), 'Arn'] });
    expect(queue?.RedrivePolicy.maxReceiveCount).toBe(5);
    const deadLetterQueue = findResources('AWS::SQS::Queue', service).find(
      ({ id }) => id === queue?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0],
    );
    expect(deadLetterQueue?.KmsMasterKeyId).toEqual(queue?.KmsMasterKeyId);
    for (const checkedQueue of [queue, deadLetterQueue]) {
      const policy = findResources('AWS::SQS::QueuePolicy', service).find(
        ({ Queues }) => Queues[0].Ref === checkedQueue?.id,
      );
      expect(policy?.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  test('are consumed by the live notifier in batches with partial failures, with a visibility timeout of six function timeouts', () => {
    const [source, ...others] = findResources('AWS::Lambda::EventSourceMapping', service);
    expect(others).toEqual([]);
    expect(source).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
      EventSourceArn: { 'Fn::GetAtt': [queue?.id, 'Arn'] },
    });
    const notifier = findResources('AWS::Lambda::Function', service).find(({ id }) =>
      id.startsWith('NotificationsNotifier'),
    );
    expect(queue?.VisibilityTimeout).toBe(6 * notifier?.Timeout);
    // A lease of one minute has expired when a message becomes visible again.
    expect(queue?.VisibilityTimeout).toBeGreaterThan(60);
  });

  test('are sent by a function with no other permissions', () => {
    expect(listActions('NotificationsNotifierFunction').filter((action) => !/^(ec2|xray|logs):/.test(action))).toEqual([
      'kms:Decrypt',
      'rds-db:connect',
      'ses:SendEmail',
      'ses:SendRawEmail',
      'sns:Publish',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ]);
    const [emailStatement] = listStatements('NotificationsNotifierFunction').filter(({ actions }) =>
      actions.includes('ses:SendEmail'),
    );
    expect(emailStatement.Condition).toEqual({ StringEquals: { 'ses:FromAddress': config.email.from } });
    expect(emailStatement.Resource).toHaveLength(2);
    // In the SES sandbox every recipient is an identity of the account, so the policy includes all identities.
    expect(JSON.stringify(emailStatement.Resource)).toContain(':identity/*');
    const [smsStatement] = listStatements('NotificationsNotifierFunction').filter(({ actions }) =>
      actions.includes('sns:Publish'),
    );
    expect(smsStatement.Resource).toBeUndefined();
    expect(JSON.stringify(smsStatement.NotResource)).toContain(':sns:*:*:*');
  });

  test('are enqueued only by the patient API and the outbox relay, which cannot receive them', () => {
    const canEnqueue = (name: string) =>
      listStatements(name).some(
        (statement) =>
          statement.actions.includes('sqs:SendMessage') && JSON.stringify(statement.Resource).includes(`${queue?.id}`),
      );
    const names = [
      'PatientApi',
      'OutboxRelayJob',
      'RemindersJob',
      'StaffApi',
      'AvailabilityApi',
      'ExpireHoldsJob',
      'MailEvents',
    ];
    expect(names.filter((name) => canEnqueue(`${name}${name === 'MailEvents' ? 'Reader' : ''}Function`))).toEqual([
      'PatientApi',
      'OutboxRelayJob',
    ]);
    for (const name of ['PatientApiFunction', 'OutboxRelayJobFunction'])
      expect(listActions(name)).not.toContain('sqs:ReceiveMessage');
    expect(listActions('RemindersJobFunction').filter((action) => !/^(ec2|xray|logs):/.test(action))).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'rds-db:connect',
      'sqs:SendMessage',
    ]);
  });

  test('have SES events that only SES in this account publishes and one function receives', () => {
    const [destination] = findResources('AWS::SES::ConfigurationSetEventDestination', ...all);
    expect(destination?.EventDestination.MatchingEventTypes.sort()).toEqual(
      ['BOUNCE', 'COMPLAINT', 'DELIVERY', 'REJECT', 'SEND'].map((type) => type.toLowerCase()),
    );
    const topic = findResources('AWS::SNS::Topic', identity)[0];
    expect(topic?.KmsMasterKeyId).toBeDefined();
    const [policy] = findResources('AWS::SNS::TopicPolicy', identity);
    expect(policy?.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'ses.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
    const [subscription, ...others] = findResources('AWS::SNS::Subscription', identity);
    expect(others).toEqual([]);
    expect(subscription).toMatchObject({
      Protocol: 'lambda',
      Endpoint: { Ref: expect.stringMatching(/^MailEventsReader.*Alias/) },
    });
    const deadLetterQueueId = subscription?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0];
    const deadLetterQueue = findResources('AWS::SQS::Queue', identity).find(({ id }) => id === deadLetterQueueId);
    const key = findResources('AWS::KMS::Key', identity).find(
      ({ id }) => id === deadLetterQueue?.KmsMasterKeyId['Fn::GetAtt'][0],
    );
    expect(key?.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'sns.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
    expect(findResources('AWS::SES::ConfigurationSet', data)[0]?.SuppressionOptions.SuppressedReasons.sort()).toEqual([
      'BOUNCE',
      'COMPLAINT',
    ]);
  });
});
