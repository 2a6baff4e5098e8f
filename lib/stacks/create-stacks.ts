import { type App, Tags } from 'aws-cdk-lib';
import { checkStage } from '../config/check-stage.ts';
import type { StageConfig } from '../config/stages.ts';
import { DataStack } from './data-stack.ts';
import { DeliveryStack } from './delivery-stack.ts';
import { IdentityStack } from './identity-stack.ts';
import { RecoveryStack } from './recovery-stack.ts';
import { ServiceStack } from './service-stack.ts';

/** Creates the stacks of one stage. Throws if its configuration is invalid. */
export function createStacks(app: App, config: StageConfig) {
  checkStage(config);
  const { stage, account, region, deletionProtection: terminationProtection } = config;
  const env = { account, region };
  const data = new DataStack(app, `MedBook-${stage}-Data`, { config, env, terminationProtection });
  const sharedProps = { config, env, ...data.sharedConstructs, terminationProtection };
  const identity = new IdentityStack(app, `MedBook-${stage}-Identity`, sharedProps);
  const service = new ServiceStack(app, `MedBook-${stage}-Service`, { ...sharedProps, userPools: identity.userPools });

  // Data runs the migrations that the functions of the other stacks need.
  identity.addStackDependency(data);
  service.addStackDependency(data);
  const recovery = addRecoveryStack(app, config, data);
  const delivery = addDeliveryStack(app, config);
  addCostTags(app, config);
  return { data, identity, service, recovery, delivery };
}

/** Creates the roles for GitHub workflows if the stage has a repository. Independent of all other stacks. */
function addDeliveryStack(app: App, config: StageConfig): DeliveryStack | undefined {
  const { stage, account, region, deletionProtection: terminationProtection, delivery } = config;
  if (!delivery) return undefined;
  const env = { account, region };
  return new DeliveryStack(app, `MedBook-${stage}-Delivery`, { config, delivery, env, terminationProtection });
}

/** Creates the vault in the recovery region if the stage has one, before Data copies the first snapshot to it. */
function addRecoveryStack(
  app: App,
  { stage, account, recovery, deletionProtection }: StageConfig,
  data: DataStack,
): RecoveryStack | undefined {
  if (!recovery) return undefined;
  const stack = new RecoveryStack(app, `MedBook-${stage}-Recovery`, {
    stage,
    recovery,
    env: { account, region: recovery.region },
    terminationProtection: deletionProtection,
  });
  data.addStackDependency(stack);
  return stack;
}

/** Adds the cost-allocation tags: the project, the stage, and the ID of the construct directly below the stack. */
function addCostTags(app: App, { stage }: StageConfig): void {
  Tags.of(app).add('Project', 'MedBook');
  Tags.of(app).add('Stage', stage);
  for (const part of app.node.children.flatMap((stack) => stack.node.children)) Tags.of(part).add('Part', part.node.id);
}
