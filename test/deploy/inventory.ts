import { paginateListStacks } from '@aws-sdk/client-cloudformation';
import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { paginateListUserPools } from '@aws-sdk/client-cognito-identity-provider';
import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListSchedules } from '@aws-sdk/client-scheduler';
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { paginateListQueues } from '@aws-sdk/client-sqs';
import type { Aws } from './aws-clients.ts';

/**
 * Returns the resources in the account, sorted: all that cost money or hold data if they remain, except those that are
 * part of another resource.
 */
export async function listResources(aws: Aws): Promise<string[]> {
  const resources: string[] = [];
  for await (const { StackSummaries = [] } of paginateListStacks({ client: aws.cloudFormation }, {})) {
    const existing = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
    resources.push(...existing.map(({ StackName }) => `stack ${StackName}`));
  }
  for await (const { Functions = [] } of paginateListFunctions({ client: aws.lambda }, {})) {
    resources.push(...Functions.map(({ FunctionName }) => `function ${FunctionName}`));
  }
  for await (const { UserPools = [] } of paginateListUserPools({ client: aws.cognito }, { MaxResults: 60 })) {
    resources.push(...UserPools.map(({ Id, Name }) => `user pool ${Id} ${Name}`));
  }
  for await (const { SecretList = [] } of paginateListSecrets({ client: aws.secrets }, {})) {
    resources.push(...SecretList.map(({ Name }) => `secret ${Name}`));
  }
  for await (const { QueueUrls = [] } of paginateListQueues({ client: aws.sqs }, {})) {
    resources.push(...QueueUrls.map((url) => `queue ${url}`));
  }
  for await (const { Schedules = [] } of paginateListSchedules({ client: aws.scheduler }, {})) {
    resources.push(...Schedules.map(({ Name }) => `schedule ${Name}`));
  }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: aws.logs }, {})) {
    resources.push(...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`));
  }
  return resources.sort();
}
