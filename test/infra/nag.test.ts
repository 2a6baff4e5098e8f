import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, test } from 'vitest';
import { checkPolicies } from '../../lib/policies.ts';
import { STAGES, synthesized } from './synthesized.ts';

test.each(STAGES)('stage %s breaks no rule, of a pack or of our own, without a reason', (stage) => {
  const app = synthesized(stage).stacks.data.node.root;
  if (!App.isApp(app)) throw new Error(`${app} is no app.`);
  checkPolicies(app);
  expect(() => app.synth({ force: true })).not.toThrow();
});

test('an app that breaks rules of every pack and of our own is not synthesized', () => {
  const app = new App();
  new Queue(new Stack(app, 'Stack'), 'Queue');
  checkPolicies(app);
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4.*Serverless-SQS.*MedBook::QueuesAreKept/s);
});
