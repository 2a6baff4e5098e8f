import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { Queue } from '../../lib/constructs/messaging/queue.ts';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

/** Asserts that every queue of a template is encrypted, accepts TLS only, and has or is a dead-letter queue. */
function expectSecureQueues(template: Template): void {
  const queues = findResources('AWS::SQS::Queue', template);
  const policies = findResources('AWS::SQS::QueuePolicy', template);
  for (const { id, KmsMasterKeyId, MessageRetentionPeriod, RedrivePolicy, RedriveAllowPolicy } of queues) {
    expect(KmsMasterKeyId, id).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^KeysQueues/), 'Arn'] });
    expect(MessageRetentionPeriod, id).toBeGreaterThan(0);
    // A queue either has a dead-letter queue or is one.
    expect(RedrivePolicy === undefined, id).toBe(RedriveAllowPolicy !== undefined);
    const [{ PolicyDocument } = { PolicyDocument: { Statement: [] } }] = policies.filter(({ Queues }) =>
      JSON.stringify(Queues).includes(id),
    );
    expect(PolicyDocument.Statement, id).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  }
}

describe('a queue', () => {
  const stack = new Stack(new App(), 'Here');
  new Queue(stack, 'Mails', {
    config: getStageConfig('staging'),
    name: 'medbook-staging-mails',
    handlerTimeout: Duration.seconds(30),
  });
  const template = Template.fromStack(stack);
  const queues = findResources('AWS::SQS::Queue', template);
  const main = queues.find(({ RedrivePolicy }) => RedrivePolicy !== undefined);
  const deadLetterQueue = queues.find(({ RedriveAllowPolicy }) => RedriveAllowPolicy !== undefined);

  test('is encrypted, accepts TLS only and has a dead-letter queue', () => {
    expect(queues).toHaveLength(2);
    expectSecureQueues(template);
  });

  test('allows five attempts per message, with a visibility timeout of six function timeouts', () => {
    expect(main?.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLetterQueue?.id, 'Arn'] },
      maxReceiveCount: 5,
    });
    expect(main?.VisibilityTimeout).toBe(180);
  });

  test('is the only source of its dead-letter queue, which has the longest retention of SQS', () => {
    expect(main?.QueueName).toBe('medbook-staging-mails');
    expect(deadLetterQueue?.RedriveAllowPolicy.redrivePermission).toBe('byQueue');
    expect(deadLetterQueue?.RedriveAllowPolicy.sourceQueueArns).toHaveLength(1);
    expect(JSON.stringify(deadLetterQueue?.RedriveAllowPolicy.sourceQueueArns)).toContain(':medbook-staging-mails"');
    expect(deadLetterQueue?.MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });
});

describe.each(STAGES)('the queues of stage %s', (stage) => {
  test('are encrypted, accept TLS only and have a dead-letter queue', () => {
    for (const template of Object.values(synthesizeStage(stage).templates)) expectSecureQueues(template);
  });
});
