import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Deployment } from '../templates/deployment.ts';
import type { Resource } from '../templates/templates.ts';

/** A function as defined in the template, with all references resolved for this machine. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  /** The folder of the bundle. */
  readonly folder: string;
  /** The path of the handler's module. */
  readonly file: string;
  /** The name of the handler's export. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

const functionSchema = z.object({
  Handler: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
});

/**
 * Reads an `AWS::Lambda::Function`.
 *
 * @throws when its environment refers to something without a value on this machine, or its bundle is missing
 */
export function readLambdaFunction(resource: Resource, deployment: Deployment): LambdaFunction {
  const { Handler, Timeout, MemorySize, Environment } = deployment.read(resource, functionSchema);
  const folder = findBundleFolder(resource, deployment);
  const dot = Handler.lastIndexOf('.');
  const file = ['.mjs', '.js', '.cjs']
    .map((suffix) => path.join(folder, Handler.slice(0, dot) + suffix))
    .find(existsSync);
  if (!file)
    throw new Error(`The bundle of ${resource.logicalId} has no module for ${Handler}: run \`npm run synth\` again.`);
  return {
    name: String(deployment.resolve({ Ref: resource.logicalId }, resource.stack)),
    arn: String(deployment.resolve({ 'Fn::GetAtt': [resource.logicalId, 'Arn'] }, resource.stack)),
    folder,
    file,
    handler: Handler.slice(dot + 1),
    environment: Environment?.Variables ?? {},
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
  };
}

/** The CDK command line records the folder in the metadata; without it, only the asset manifest has it. */
function findBundleFolder(resource: Resource, { templates }: Deployment): string {
  const assetPath = resource.metadata['aws:asset:path'];
  if (typeof assetPath === 'string') return path.resolve(templates.folder, assetPath);
  const code = z.object({ S3Key: z.string() }).safeParse(resource.properties.Code);
  const folder = code.success ? resource.stack.assets.get(code.data.S3Key) : undefined;
  if (folder) return folder;
  throw new Error(
    `The function ${resource.logicalId} has no bundle in ${templates.folder}: run \`npm run synth\` again.`,
  );
}
