import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const PROJECT = join(import.meta.dirname, '../..');

/**
 * A function's code: ES modules with everything in them. `index.mjs` is loaded when the function starts; what the code imports
 * only when a request needs it lies beside, in modules of its own, and so do `assets`. CDK's own bundling knows one module only.
 */
export function bundleOf(entry: string, assets: readonly string[]): Code {
  return Code.fromAsset(PROJECT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Bundled here, without Docker. By the command CDK tells one bundle from another.
      image: DockerImage.fromRegistry('none'),
      command: [entry, ...assets],
      local: {
        tryBundle: (folder) => {
          build(entry, folder);
          for (const asset of assets) cpSync(join(PROJECT, asset), join(folder, basename(asset)), { recursive: true });
          return true;
        },
      },
    },
  });
}

function build(entry: string, folder: string): void {
  buildSync({
    entryPoints: { index: join(PROJECT, 'lambdas/entry', `${entry}.ts`) },
    absWorkingDir: PROJECT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    // pg is CommonJS and calls `require` for Node's own modules, which an ES module does not have.
    banner: {
      js: "import { createRequire as banner } from 'node:module'; const require = banner(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
