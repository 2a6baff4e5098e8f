import { CfnResource, CustomResourceProviderBase, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { createLogGroup } from '../shared/create-log-group.ts';

/**
 * Log groups for the functions that CDK itself adds to the stack, such as the one that triggers the migrations.
 * Otherwise Lambda creates log groups without a key and without a retention time. Create it last in its stack, so that
 * it finds all of them.
 */
export class CustomResourceLogs extends Construct {
  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    for (const provider of Stack.of(this).node.children) {
      if (!(provider instanceof CustomResourceProviderBase)) continue;
      const { logGroupName } = createLogGroup(this, provider.node.id, { config });
      for (const handler of provider.node.children.filter(isLambdaFunction)) {
        handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
      }
    }
  }
}

function isLambdaFunction(part: unknown): part is CfnResource {
  return CfnResource.isCfnResource(part) && part.cfnResourceType === 'AWS::Lambda::Function';
}
