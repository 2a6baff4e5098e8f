import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const PROJECT_ROOT = join(import.meta.dirname, '../../..');

/**
 * Creates a function's code bundle: ES modules with all dependencies. `index.mjs` is loaded at the cold start; dynamic
 * imports become separate modules beside it, which CDK's own bundling does not support. `assets` are copied beside it
 * too.
 */
export function createBundle(entry: string, assets: readonly string[]): Code {
  return Code.fromAsset(PROJECT_ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Bundled locally, without Docker. CDK uses the command as the cache key of a bundle.
      image: DockerImage.fromRegistry('none'),
      command: [entry, ...assets],
      local: {
        tryBundle: (folder) => {
          runEsbuild(entry, folder);
          for (const asset of assets)
            cpSync(join(PROJECT_ROOT, asset), join(folder, basename(asset)), { recursive: true });
          return true;
        },
      },
    },
  });
}

function runEsbuild(entry: string, folder: string): void {
  buildSync({
    entryPoints: { index: join(PROJECT_ROOT, 'lambdas/entry', `${entry}.ts`) },
    absWorkingDir: PROJECT_ROOT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    loader: { '.lua': 'text' },
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
