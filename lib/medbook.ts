import { type App, Tags } from 'aws-cdk-lib';
import { checkStage } from './config/check-stage.ts';
import type { StageConfig } from './config/stages.ts';
import { DataStack } from './stacks/data-stack.ts';
import { DeliveryStack } from './stacks/delivery-stack.ts';
import { IdentityStack } from './stacks/identity-stack.ts';
import { RecoveryStack } from './stacks/recovery-stack.ts';
import { ServiceStack } from './stacks/service-stack.ts';

/** The stacks of one stage. New code waits for Data, because Data runs the migrations that it needs. */
export function addMedBook(app: App, config: StageConfig) {
  checkStage(config);
  const { stage, account, region, terminationProtection } = config;
  const env = { account, region };
  const data = new DataStack(app, `MedBook-${stage}-Data`, { config, env, terminationProtection });
  const shared = { config, env, ...data.parts, terminationProtection };
  const identity = new IdentityStack(app, `MedBook-${stage}-Identity`, shared);
  const service = new ServiceStack(app, `MedBook-${stage}-Service`, { ...shared, userPool: identity.userPool });

  identity.addStackDependency(data);
  service.addStackDependency(data);
  const recovery = addRecovery(app, config, data);
  const delivery = addDelivery(app, config);
  tagCosts(app, config);
  return { data, identity, service, recovery, delivery };
}

/** The ways in for workflows, where the stage has a repository. It needs no other stack, and none needs it. */
function addDelivery(app: App, config: StageConfig): DeliveryStack | undefined {
  const { stage, account, region, terminationProtection, delivery } = config;
  if (!delivery) return undefined;
  const env = { account, region };
  return new DeliveryStack(app, `MedBook-${stage}-Delivery`, { config, delivery, env, terminationProtection });
}

/** The last resort, where the stage has one. It is there before the first snapshot is copied to it. */
function addRecovery(app: App, { stage, account, recovery }: StageConfig, data: DataStack): RecoveryStack | undefined {
  if (!recovery) return undefined;
  const stack = new RecoveryStack(app, `MedBook-${stage}-Recovery`, {
    stage,
    recovery,
    env: { account, region: recovery.region },
    terminationProtection: true,
  });
  data.addStackDependency(stack);
  return stack;
}

/** What bills are told apart by: the project, the stage, and the part, by its name in its stack. */
function tagCosts(app: App, { stage }: StageConfig): void {
  Tags.of(app).add('Project', 'MedBook');
  Tags.of(app).add('Stage', stage);
  for (const part of app.node.children.flatMap((stack) => stack.node.children)) Tags.of(part).add('Part', part.node.id);
}
