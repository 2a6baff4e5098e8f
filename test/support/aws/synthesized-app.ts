import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Template = { readonly Resources?: object; readonly Outputs?: object; readonly Parameters?: object };

/** Writes stacks and bundles as `cdk synth` does and returns the folder. `bundles` maps an asset id to its `index.mjs`. */
export function writeSynthesizedApp(
  stacks: Readonly<Record<string, Template>>,
  bundles: Readonly<Record<string, string>> = {},
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'synthesized-app-'));
  const writeJson = (file: string, content: unknown) => writeFileSync(path.join(folder, file), JSON.stringify(content));
  const artifacts: Record<string, unknown> = { Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } } };
  for (const [name, template] of Object.entries(stacks)) {
    artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.template.json` } };
    writeJson(`${name}.template.json`, template);
    writeJson(`${name}.assets.json`, {
      files: Object.fromEntries(Object.keys(bundles).map((id) => [id, createFileAsset(id)])),
    });
  }
  writeJson('manifest.json', { version: '55.0.0', artifacts });
  for (const [id, code] of Object.entries(bundles)) {
    mkdirSync(path.join(folder, `asset.${id}`));
    writeFileSync(path.join(folder, `asset.${id}`, 'index.mjs'), code);
  }
  return folder;
}

function createFileAsset(id: string) {
  return {
    source: { path: `asset.${id}`, packaging: 'zip' },
    destinations: { here: { bucketName: 'assets', objectKey: `${id}.zip` } },
  };
}

/** Creates a function resource whose code is the bundle with that id. */
export function createFunctionResource(bundle: string, properties: object = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Code: { S3Key: `${bundle}.zip` }, ...properties },
  };
}
