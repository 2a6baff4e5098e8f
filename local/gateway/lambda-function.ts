import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Deployment } from './deployment.ts';
import type { Resource } from './templates.ts';

/** A function as the template describes it, with everything resolved for this machine. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  /** The folder of the bundle, and in it the module and the export that handle an invocation. */
  readonly folder: string;
  readonly file: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

const properties = z.object({
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
  const { Handler, Timeout, MemorySize, Environment } = deployment.read(resource, properties);
  const folder = bundleFolder(resource, deployment);
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

/** The CDK's command line notes the folder in the metadata; an app synthesized without it only in the asset manifest. */
function bundleFolder(resource: Resource, { templates }: Deployment): string {
  const noted = resource.metadata['aws:asset:path'];
  if (typeof noted === 'string') return path.resolve(templates.folder, noted);
  const code = z.object({ S3Key: z.string() }).safeParse(resource.properties.Code);
  const folder = code.success ? resource.stack.assets.get(code.data.S3Key) : undefined;
  if (folder) return folder;
  throw new Error(
    `The function ${resource.logicalId} has no bundle in ${templates.folder}: run \`npm run synth\` again.`,
  );
}
