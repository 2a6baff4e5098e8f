import * as z from 'zod';
import { evaluate, type Scope } from './intrinsics.ts';
import type { Resource, Stack, Templates } from './templates.ts';

/**
 * The local values of resource attributes, by `LogicalId.Attribute` or else by `Type.Attribute`; the attribute of a plain
 * reference is `Ref`. For instance `{ 'AWS::RDS::DBCluster.Endpoint.Port': '54321' }`.
 */
export type LocalValues = Readonly<Record<string, string>>;

/** The synthesized templates, with their references resolved to this machine. */
export interface Deployment {
  readonly templates: Templates;
  readonly region: string;
  readonly accountId: string;
  /** Resolves the references in `value`. @throws with the resource and the attribute that have no local value */
  resolve(value: unknown, stack: Stack): unknown;
  /**
   * Returns the properties in `schema`, resolved and checked; others are ignored, so they may refer to resources without local
   * values. `properties` replaces the resource's own, to read a nested part.
   * @throws when a property does not match `schema` or cannot be resolved
   */
  read<S extends z.ZodObject>(resource: Resource, schema: S, properties?: unknown): z.output<S>;
}

/** Creates a deployment whose references resolve to `values`, or to the built-in local values. */
export function createDeployment(
  templates: Templates,
  { region, accountId = '000000000000', values }: { region: string; accountId?: string; values: LocalValues },
): Deployment {
  const pseudoParameters: Readonly<Record<string, string>> = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const deployment: Deployment = { templates, region, accountId, resolve, read };
  return deployment;

  function resolve(value: unknown, stack: Stack): unknown {
    return evaluate(value, createScope(stack));
  }

  function read<S extends z.ZodObject>(resource: Resource, schema: S, properties: unknown = resource.properties) {
    const allProperties = z.record(z.string(), z.unknown()).parse(properties);
    const schemaKeys = Object.keys(schema.shape).filter((key) => key in allProperties);
    const resolved = Object.fromEntries(schemaKeys.map((key) => [key, resolve(allProperties[key], resource.stack)]));
    const parsed = schema.safeParse(resolved);
    if (parsed.success) return parsed.data;
    const label = `${resource.logicalId} (${resource.type}) in ${resource.stack.name}`;
    throw new Error(`The local gateway cannot read ${label}:\n${z.prettifyError(parsed.error)}`);
  }

  function createScope(stack: Stack): Scope {
    return {
      ref: (id) =>
        pseudoParameters[id] ??
        stack.parameters.get(id) ??
        (id === 'AWS::StackName' ? stack.name : getAttribute(id, 'Ref')),
      attribute: getAttribute,
      importValue,
    };
    function getAttribute(id: string, attribute: string): string {
      const resource = stack.resources.get(id);
      if (!resource) throw new Error(`The template of ${stack.name} refers to ${id}, which is not in it.`);
      const value =
        values[`${id}.${attribute}`] ??
        values[`${resource.type}.${attribute}`] ??
        builtInAttribute(resource, attribute, deployment);
      if (value !== undefined) return value;
      throw new Error(
        `There is no local value for ${attribute} of ${id} (${resource.type}) in ${stack.name}: ` +
          `add '${resource.type}.${attribute}' to the local values.`,
      );
    }
  }

  function importValue(exportName: string): unknown {
    for (const stack of templates.stacks)
      for (const output of stack.outputs)
        if (output.exportName !== undefined && resolve(output.exportName, stack) === exportName)
          return resolve(output.value, stack);
    throw new Error(`No stack exports ${exportName}: synthesize all stacks together.`);
  }
}

/** Returns an attribute of a resource that the local gateway emulates. */
function builtInAttribute(resource: Resource, attribute: string, deployment: Deployment): string | undefined {
  return BUILT_IN_ATTRIBUTES[`${resource.type}.${attribute}`]?.(resource, deployment);
}

const BUILT_IN_ATTRIBUTES: Readonly<Record<string, (resource: Resource, deployment: Deployment) => string>> = {
  'AWS::Lambda::Function.Ref': getFunctionName,
  'AWS::Lambda::Function.Arn': (resource, deployment) =>
    `arn:aws:lambda:${deployment.region}:${deployment.accountId}:function:${getFunctionName(resource, deployment)}`,
  'AWS::Lambda::Alias.Ref': (resource, deployment) => {
    const alias = deployment.read(resource, z.object({ FunctionName: z.string(), Name: z.string() }));
    const { region, accountId } = deployment;
    return `arn:aws:lambda:${region}:${accountId}:function:${alias.FunctionName}:${alias.Name}`;
  },
  'AWS::Lambda::Version.Ref': (resource, deployment) => {
    const version = deployment.read(resource, z.object({ FunctionName: z.string() }));
    return `arn:aws:lambda:${deployment.region}:${deployment.accountId}:function:${version.FunctionName}:1`;
  },
  'AWS::SQS::Queue.QueueName': getQueueName,
  'AWS::SQS::Queue.Arn': (resource, deployment) =>
    `arn:aws:sqs:${deployment.region}:${deployment.accountId}:${getQueueName(resource, deployment)}`,
  'AWS::SNS::Topic.Ref': getTopicArn,
  'AWS::SNS::Topic.TopicArn': getTopicArn,
  'AWS::SES::ConfigurationSet.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::RestApi.Ref': ({ logicalId }) => logicalId,
  'AWS::ApiGateway::Stage.Ref': (resource, { read }) => read(resource, z.object({ StageName: z.string() })).StageName,
};

function getFunctionName(resource: Resource, deployment: Deployment): string {
  return (
    deployment.read(resource, z.object({ FunctionName: z.string().optional() })).FunctionName ?? resource.logicalId
  );
}

function getQueueName(resource: Resource, deployment: Deployment): string {
  return deployment.read(resource, z.object({ QueueName: z.string().optional() })).QueueName ?? resource.logicalId;
}

function getTopicArn({ logicalId }: Resource, { region, accountId }: Deployment): string {
  return `arn:aws:sns:${region}:${accountId}:${logicalId}`;
}
