import {
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { Aws } from './aws-clients.ts';

/** Returns the resources of a deployed stack. */
export async function listStackResources(aws: Aws, stack: string): Promise<StackResourceSummary[]> {
  const pages = paginateListStackResources({ client: aws.cloudFormation }, { StackName: stack });
  const resources: StackResourceSummary[] = [];
  for await (const { StackResourceSummaries = [] } of pages) resources.push(...StackResourceSummaries);
  return resources;
}

/**
 * Returns the physical id of the only resource of a type whose logical id begins with `construct`, the path of its
 * construct without slashes.
 * @throws if there is no such resource, or more than one.
 */
export async function findResource(aws: Aws, stack: string, type: string, construct = ''): Promise<string> {
  const all = await listStackResources(aws, stack);
  const [found, ...others] = all.filter(
    ({ ResourceType, LogicalResourceId }) => ResourceType === type && LogicalResourceId?.startsWith(construct),
  );
  if (found?.PhysicalResourceId && others.length === 0) return found.PhysicalResourceId;
  throw new Error(
    `${stack} has ${found ? others.length + 1 : 0} resources ${construct} of the type ${type}. Expected: 1.`,
  );
}

/**
 * Returns the last state of each resource of a stack, by its logical id. For a deleted stack, `stack` must be the ARN.
 */
export async function readLastStates(aws: Aws, stack: string): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for await (const { StackEvents = [] } of paginateDescribeStackEvents(
    { client: aws.cloudFormation },
    { StackName: stack },
  )) {
    // The newest event comes first.
    for (const { LogicalResourceId = '', ResourceStatus = '' } of StackEvents) {
      if (!states.has(LogicalResourceId)) states.set(LogicalResourceId, ResourceStatus);
    }
  }
  return states;
}

/** Returns the outputs of a stack by name. @throws if the stack is not deployed. */
async function readOutputs(aws: Aws, stack: string): Promise<ReadonlyMap<string, string>> {
  const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** Returns an output of a stack. @throws if it is missing. */
export async function readOutput(aws: Aws, stack: string, name: string): Promise<string> {
  const value = (await readOutputs(aws, stack)).get(name);
  if (!value) throw new Error(`${stack} has no output ${name}.`);
  return value;
}

/** Returns the deployed stacks whose names begin with a prefix, with their ARNs and states. */
export async function listStacks(aws: Aws, prefix: string): Promise<{ name: string; arn: string; status: string }[]> {
  const { Stacks = [] } = await aws.cloudFormation.send(new DescribeStacksCommand({}));
  return Stacks.filter(({ StackName }) => StackName?.startsWith(prefix)).map(
    ({ StackName = '', StackId = '', StackStatus = '' }) => ({ name: StackName, arn: StackId, status: StackStatus }),
  );
}
