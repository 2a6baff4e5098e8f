import { CfnResource, CustomResourceProviderBase, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';

/**
 * Logs like all of ours for the functions that CDK itself adds to the stack, such as the one that runs the migrations. Otherwise
 * Lambda makes them groups without a key, for ever. It must be the last part of its stack, to find them all.
 */
export class ProviderLogs extends Construct {
  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    for (const provider of Stack.of(this).node.children) {
      if (!(provider instanceof CustomResourceProviderBase)) continue;
      const { logGroupName } = logsOf(this, provider.node.id, { config });
      for (const handler of provider.node.children.filter(isFunction)) {
        handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
      }
    }
  }
}

function isFunction(part: unknown): part is CfnResource {
  return CfnResource.isCfnResource(part) && part.cfnResourceType === 'AWS::Lambda::Function';
}
