import type { App } from 'aws-cdk-lib';
import type { StageConfig } from './config/stages.ts';
import { DataStack } from './stacks/data-stack.ts';
import { IdentityStack } from './stacks/identity-stack.ts';
import { ServiceStack } from './stacks/service-stack.ts';

/** The three stacks of one stage. New code waits for Data, because Data runs the migrations that it needs. */
export function addMedBook(app: App, config: StageConfig) {
  const { stage, account, region, terminationProtection } = config;
  const env = { account, region };
  const data = new DataStack(app, `MedBook-${stage}-Data`, { config, env, terminationProtection });
  const shared = { config, env, ...data.parts };
  const identity = new IdentityStack(app, `MedBook-${stage}-Identity`, { ...shared, terminationProtection });
  const service = new ServiceStack(app, `MedBook-${stage}-Service`, { ...shared, userPool: identity.userPool });

  identity.addStackDependency(data);
  service.addStackDependency(data);
  return { data, identity, service };
}
