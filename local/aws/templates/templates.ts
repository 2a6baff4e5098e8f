import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

/** One resource of a synthesized stack, with its properties as in the template: intrinsics are not resolved. */
export interface Resource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One synthesized stack. */
export interface Stack {
  readonly name: string;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly outputs: readonly { readonly value: unknown; readonly exportName: unknown }[];
  readonly parameters: ReadonlyMap<string, string>;
  /** The folders of the file assets, by their object key in the asset bucket. */
  readonly assets: ReadonlyMap<string, string>;
}

/** The templates of a synthesized CDK app. */
export interface Templates {
  readonly folder: string;
  readonly stacks: readonly Stack[];
  /** Returns all resources of that type (`AWS::Lambda::Function`) in all stacks. */
  getResources(type: string): readonly Resource[];
}

const recordSchema = z.record(z.string(), z.unknown());
const manifestSchema = z.object({
  artifacts: z.record(z.string(), z.object({ type: z.string(), properties: recordSchema.default({}) })),
});
const templateSchema = z.object({
  Resources: z
    .record(
      z.string(),
      z.object({ Type: z.string(), Properties: recordSchema.default({}), Metadata: recordSchema.default({}) }),
    )
    .default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .default({}),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown() })).default({}),
});
const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/**
 * Reads the folder that `cdk synth` wrote (`cdk.out`).
 *
 * @throws when the folder contains no synthesized app, or a file in it has an unexpected format
 */
export function readTemplates(folder: string): Templates {
  const manifestFile = path.join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) throw new Error(`No synthesized app in ${folder}: run \`npm run synth\` first.`);
  const artifacts = Object.entries(readJson(manifestFile, manifestSchema).artifacts);
  const assets = new Map(
    artifacts
      .filter(([, { type }]) => type === 'cdk:asset-manifest')
      .flatMap((artifact) => readAssets(folder, artifact)),
  );
  const stacks = artifacts
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { properties }]) =>
      readStack(id, path.join(folder, getArtifactFile(id, properties, 'templateFile')), assets),
    );
  return {
    folder,
    stacks,
    getResources: (type) =>
      stacks.flatMap(({ resources }) => [...resources.values()].filter((one) => one.type === type)),
  };
}

function readStack(name: string, file: string, assets: ReadonlyMap<string, string>): Stack {
  const template = readJson(file, templateSchema);
  const resources = new Map<string, Resource>();
  const stack: Stack = {
    name,
    resources,
    assets,
    outputs: Object.values(template.Outputs).map(({ Value, Export }) => ({ value: Value, exportName: Export?.Name })),
    parameters: new Map(Object.entries(template.Parameters).map(([id, { Default }]) => [id, String(Default ?? '')])),
  };
  for (const [logicalId, { Type, Properties, Metadata }] of Object.entries(template.Resources))
    resources.set(logicalId, { stack, logicalId, type: Type, properties: Properties, metadata: Metadata });
  return stack;
}

function readAssets(folder: string, [id, { properties }]: [string, { properties: Record<string, unknown> }]) {
  const { files } = readJson(path.join(folder, getArtifactFile(id, properties, 'file')), assetsSchema);
  return Object.values(files).flatMap(({ source, destinations }) => {
    const { path: assetPath } = source;
    if (assetPath === undefined) return [];
    return Object.values(destinations).map(({ objectKey }) => [objectKey, path.resolve(folder, assetPath)] as const);
  });
}

function getArtifactFile(id: string, properties: Record<string, unknown>, key: string): string {
  const file = properties[key];
  if (typeof file === 'string') return file;
  throw new Error(`The artifact ${id} of the synthesized app has no ${key}: run \`npm run synth\` again.`);
}

function readJson<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} does not have the format of the CDK:\n${z.prettifyError(parsed.error)}`);
}
