import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, test } from 'vitest';
import { listSizes } from '../../lib/config/sizes.ts';
import { getStageConfig, listStageConfigs } from '../../lib/config/stages.ts';
import { addNagChecks } from '../../lib/nag/add-nag-checks.ts';
import { STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

test.each(STAGES)('stage %s has no unacknowledged violation of a rule pack or of our own rules', (stage) => {
  expect(() => synthesizeWithChecks(synthesizeStage(stage).stacks.data)).not.toThrow();
});

const otherSizes = listStageConfigs().flatMap(({ stage, size }) =>
  listSizes()
    .filter((other) => other !== size)
    .map((other) => [stage, other] as const),
);
test.each(otherSizes)('stage %s in the size %s has none either', (stage, size) => {
  const { stacks } = synthesizeConfig(getStageConfig(stage, size));
  expect(() => synthesizeWithChecks(stacks.data)).not.toThrow();
});

test('a stage with a fixed account has no unacknowledged violation either', () => {
  const { stacks } = synthesizeConfig({ ...getStageConfig('prod'), account: '111111111111' });
  expect(() => synthesizeWithChecks(stacks.data)).not.toThrow();
});

test('synthesis fails for an app that violates a rule of each pack and one of our own rules', () => {
  const app = new App();
  new Queue(new Stack(app, 'Stack'), 'Queue');
  addNagChecks(app);
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4.*Serverless-SQS.*MedBook::QueuesAreKept/s);
});

function synthesizeWithChecks(stack: Stack): void {
  const app = stack.node.root;
  if (!App.isApp(app)) throw new Error(`${app} is not an app.`);
  addNagChecks(app);
  app.synth({ force: true });
}
