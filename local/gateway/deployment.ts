import * as z from 'zod';
import { evaluate, type Scope } from './intrinsics.ts';
import type { Resource, Stack, Templates } from './templates.ts';

/**
 * What resources are on this machine: `Type.Attribute` or, stronger, `LogicalId.Attribute` to the value; `Ref` is the
 * attribute of a plain reference. For instance `{ 'AWS::RDS::DBCluster.Endpoint.Port': '54321' }`.
 */
export type LocalValues = Readonly<Record<string, string>>;

/** The synthesized templates, as if they had been deployed to this machine. */
export interface Deployment {
  readonly templates: Templates;
  readonly region: string;
  readonly accountId: string;
  /** @throws naming the resource and the attribute that have no value here */
  resolve(value: unknown, stack: Stack): unknown;
  /**
   * The properties that `schema` names, resolved and checked; others are not looked at, so they may refer to things
   * that do not exist here. `properties` replaces the resource's own, to read a nested part.
   */
  read<S extends z.ZodObject>(resource: Resource, schema: S, properties?: unknown): z.output<S>;
}

/** Gives every reference in the templates its meaning on this machine. */
export function deployLocally(
  templates: Templates,
  { region, accountId = '000000000000', values }: { region: string; accountId?: string; values: LocalValues },
): Deployment {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const deployment: Deployment = { templates, region, accountId, resolve, read };
  return deployment;

  function resolve(value: unknown, stack: Stack): unknown {
    return evaluate(value, scopeOf(stack));
  }

  function read<S extends z.ZodObject>(resource: Resource, schema: S, properties: unknown = resource.properties) {
    const given = z.record(z.string(), z.unknown()).parse(properties);
    const named = Object.keys(schema.shape).filter((key) => key in given);
    const resolved = Object.fromEntries(named.map((key) => [key, resolve(given[key], resource.stack)]));
    const parsed = schema.safeParse(resolved);
    if (parsed.success) return parsed.data;
    const where = `${resource.logicalId} (${resource.type}) in ${resource.stack.name}`;
    throw new Error(`The local gateway cannot read ${where}:\n${z.prettifyError(parsed.error)}`);
  }

  function scopeOf(stack: Stack): Scope {
    return {
      ref: (id) => pseudo[id] ?? stack.parameters.get(id) ?? (id === 'AWS::StackName' ? stack.name : get(id, 'Ref')),
      attribute: get,
      imported,
    };
    function get(id: string, attribute: string): string {
      const resource = stack.resources.get(id);
      if (!resource) throw new Error(`The template of ${stack.name} refers to ${id}, which is not in it.`);
      const value =
        values[`${id}.${attribute}`] ??
        values[`${resource.type}.${attribute}`] ??
        ownAttribute(resource, attribute, deployment);
      if (value !== undefined) return value;
      throw new Error(
        `Nothing on this machine stands for ${attribute} of ${id} (${resource.type}) in ${stack.name}: ` +
          `add '${resource.type}.${attribute}' to the local values.`,
      );
    }
  }

  function imported(exportName: string): unknown {
    for (const stack of templates.stacks)
      for (const output of stack.outputs)
        if (output.exportName !== undefined && resolve(output.exportName, stack) === exportName)
          return resolve(output.value, stack);
    throw new Error(`No stack exports ${exportName}: synthesize all stacks together.`);
  }
}

/** The attributes of what the local gateway itself stands for. */
function ownAttribute(resource: Resource, attribute: string, deployment: Deployment): string | undefined {
  return OWN[`${resource.type}.${attribute}`]?.(resource, deployment);
}

const OWN: Readonly<Record<string, (resource: Resource, deployment: Deployment) => string>> = {
  'AWS::Lambda::Function.Ref': functionName,
  'AWS::Lambda::Function.Arn': (resource, deployment) =>
    `arn:aws:lambda:${deployment.region}:${deployment.accountId}:function:${functionName(resource, deployment)}`,
  'AWS::Lambda::Alias.Ref': (resource, deployment) => {
    const alias = deployment.read(resource, z.object({ FunctionName: z.string(), Name: z.string() }));
    const { region, accountId } = deployment;
    return `arn:aws:lambda:${region}:${accountId}:function:${alias.FunctionName}:${alias.Name}`;
  },
  'AWS::Lambda::Version.Ref': (resource, deployment) => {
    const version = deployment.read(resource, z.object({ FunctionName: z.string() }));
    return `arn:aws:lambda:${deployment.region}:${deployment.accountId}:function:${version.FunctionName}:1`;
  },
  'AWS::SQS::Queue.QueueName': queueName,
  'AWS::SQS::Queue.Arn': (resource, deployment) =>
    `arn:aws:sqs:${deployment.region}:${deployment.accountId}:${queueName(resource, deployment)}`,
  'AWS::SNS::Topic.Ref': topicArn,
  'AWS::SNS::Topic.TopicArn': topicArn,
  'AWS::SES::ConfigurationSet.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::RestApi.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::RestApi.RootResourceId': ({ logicalId }) => `${logicalId}.Root`,
  'AWS::ApiGateway::Resource.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::Resource.ResourceId': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::Authorizer.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::Stage.Ref': (resource, { read }) => read(resource, z.object({ StageName: z.string() })).StageName,
};

function functionName(resource: Resource, deployment: Deployment): string {
  return (
    deployment.read(resource, z.object({ FunctionName: z.string().optional() })).FunctionName ?? resource.logicalId
  );
}

function queueName(resource: Resource, deployment: Deployment): string {
  return deployment.read(resource, z.object({ QueueName: z.string().optional() })).QueueName ?? resource.logicalId;
}

function topicArn({ logicalId }: Resource, { region, accountId }: Deployment): string {
  return `arn:aws:sns:${region}:${accountId}:${logicalId}`;
}
